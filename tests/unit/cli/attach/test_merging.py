"""What becomes of any service's hooks: ours are there once, all others stay, and everything can be undone."""

from hypothesis import given
from hypothesis import strategies as st

from greenlight.stages import Stage
from greenlight_cli.account.stack import Stack
from greenlight_cli.attach.merging import Fate, Wish, attach, detach
from greenlight_cli.doctor.hook import hook_of
from tests.unit.cli.doctor.sound import AFTER, BEFORE, HOOK_ROLE, PRE, STAGES, SWITCH, TEST, arn_of, hook_at

FUNCTIONS = {arn_of(stage): Stage(stage) for stage in (PRE, TEST, BEFORE, SWITCH, AFTER)}
PAUSE = {"targetType": "PAUSE", "lifecycleStages": [BEFORE], "timeoutConfiguration": {"timeoutInMinutes": 240}}
PLAIN = Stack("greenlight", FUNCTIONS, HOOK_ROLE, tuple(hook_at(stage) for stage in STAGES), {})
PAUSING = Stack("greenlight", FUNCTIONS, HOOK_ROLE, (*PLAIN.offered, PAUSE), {})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
timeouts = st.fixed_dictionaries(
    {}, optional={"timeoutInMinutes": st.integers(1, 1440), "action": st.sampled_from(["ROLLBACK", "CONTINUE"])}
)
stages = st.lists(st.sampled_from(Stage), min_size=1, max_size=2, unique=True).map(
    lambda some: [str(each) for each in some]
)


def records(targets):
    """Hooks with some targets, and with whatever else a hook may have."""
    return st.fixed_dictionaries(
        {
            "hookTargetArn": targets,
            "roleArn": st.sampled_from([HOOK_ROLE, "arn:aws:iam::123456789012:role/x"]),
            "lifecycleStages": stages,
        },
        optional={"targetType": st.just("AWS_LAMBDA"), "hookDetails": json_values, "timeoutConfiguration": timeouts},
    )


foreign = records(st.sampled_from([arn_of("A"), f"{arn_of('B')}:live"]))
pauses = st.fixed_dictionaries(
    {"targetType": st.just("PAUSE"), "lifecycleStages": stages}, optional={"timeoutConfiguration": timeouts}
)
ours = records(st.sampled_from([*FUNCTIONS, *(f"{arn}:7" for arn in FUNCTIONS)]))
services = st.lists(foreign | pauses | ours, max_size=6)
wishes = st.builds(
    Wish,
    st.none() | st.lists(st.sampled_from([*FUNCTIONS.values()]), min_size=1, unique=True).map(tuple),
    st.none() | st.just("s3://bucket/gates.yaml"),
    st.none() | st.integers(1, 1440),
)
stacks = st.sampled_from([PLAIN, PAUSING])


def read(records, stack):
    """Hooks as they come back from ECS."""
    return [hook_of(record, stack) for record in records]


@given(services, stacks, wishes)
def test_attaching_again_changes_nothing(there, stack, wish):
    """Whatever was there before."""
    once = attach(read(there, stack), stack, wish)
    assert not attach(read(once.records, stack), stack, wish).changes_something


@given(services, stacks, wishes)
def test_ours_are_there_once_and_others_as_they_were(there, stack, wish):
    """In their order, to the letter."""
    after = read(attach(read(there, stack), stack, wish).records, stack)

    wanted = wish.stages or tuple(Stage(stage) for stage in STAGES)
    assert sorted(wanted) == sorted(hook.made_for for hook in after if hook.made_for)
    others = [record for record in there if not hook_of(record, stack).made_for]
    assert others == [hook.record for hook in after if not hook.made_for][: len(others)]
    assert all(hook.role_arn == HOOK_ROLE and hook.made_for in hook.stages for hook in after if hook.made_for)


@given(st.lists(foreign | pauses, max_size=6), stacks, wishes)
def test_detaching_undoes_attaching(there, stack, wish):
    """Unless the service had the stack's own PAUSE hook before, which bears nobody's name."""
    attached = attach(read(there, stack), stack, wish)
    detached = detach(read(attached.records, stack), stack)

    own = [hook_of(PAUSE, stack).essence] if stack is PAUSING else []
    assert [each for each in there if hook_of(each, stack).essence not in own] == detached.records
    assert not detach(read(detached.records, stack), stack).changes_something


@given(services, stacks)
def test_every_hook_has_its_fate(there, stack):
    """What is shown is what is done."""
    for merge in (attach(read(there, stack), stack, Wish()), detach(read(there, stack), stack)):
        assert there == [dict(change.before.record) for change in merge.changes if change.before]
        for change in merge.changes:
            assert (change.fate is Fate.ADDED) == (change.before is None)
            assert (change.fate is Fate.REMOVED) == (change.after is None)
            assert (change.fate is Fate.STAYS) == (change.before is change.after)

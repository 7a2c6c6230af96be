"""What is carried from one invocation to the next, and how little of it can be trusted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import CheckResult, Outcome
from greenlight.gates import CheckProgress, HookStatus, Progress, Verdict
from greenlight.gates.verdict import ERROR_BUDGET
from greenlight.lifecycle.event import parse_event
from greenlight.lifecycle.state import KEY, MAX_BYTES, WarmMemory, gate_key, restore, store
from tests.unit.lifecycle.calls import BLUE, GREEN, call

NOW = 1_700_000_000.0
WAITING = Verdict(HookStatus.IN_PROGRESS, "waiting for smoke", 30)
PROGRESS = Progress(
    since=NOW,
    attempt=3,
    fingerprint="f1",
    expires_at=NOW + 3600.5,
    load_errors=2,
    checks={
        "smoke": CheckProgress(Outcome.ERROR, 2, "connection refused", {"seen": [1, None, "é"]}),
        "api": CheckProgress(Outcome.PASSED, 0, "4 of 4"),
    },
)


def again(details, *, now=NOW + 60, starts=None, **changes):
    """What the next invocation knows."""
    return restore(parse_event(call(details=details, **changes)), starts or WarmMemory(), now=now)


def state_of(progress=PROGRESS, verdict=WAITING):
    """The hookDetails of a reply."""
    return store(parse_event(call()), progress, verdict)


def test_a_state_comes_back_as_it_went():
    """The next attempt, with all that was known."""
    assert Progress(
        since=NOW, attempt=4, fingerprint="f1", expires_at=NOW + 3600.5, load_errors=2, checks=PROGRESS.checks
    ) == again(state_of())


def test_a_state_survives_text():
    """ECS writes and reads it as JSON, and some tools hand it over as text."""
    assert again(state_of()) == again(json.loads(json.dumps(state_of()))) == again(json.dumps(state_of()))


def test_what_others_configured_is_echoed():
    """ECS may replace what was configured by what was returned, so nothing that came may be missing."""
    details = {"gates": {"version": 1}, "other": [1, {"deep": None}], "": "", "GREENLIGHT": 5}
    stored = store(parse_event(call(details=details)), PROGRESS, WAITING)
    assert details == {key: value for key, value in stored.items() if key != KEY}


def test_the_state_says_why_to_whoever_reads_it():
    """In ECS's console and in `describe` calls."""
    assert "waiting for smoke" == state_of()[KEY]["reason"]


def test_the_first_invocation_starts_now():
    """There is no state when ECS first calls."""
    assert Progress(since=NOW) == again(None, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"deployment": "d2"},
        {"stage": "PRE_PRODUCTION_TRAFFIC_SHIFT"},
        {"production": {GREEN: 10, BLUE: 90}},
        {"test": {GREEN: 100, BLUE: 0}},
    ],
)
def test_the_state_of_another_gate_is_dropped(changes):
    """Another deployment, another stage, another step of a canary: what passed there was not checked here."""
    assert Progress(since=NOW + 60) == again(state_of(), **changes)


@pytest.mark.parametrize("weights", [{GREEN: 10, BLUE: 90}, {BLUE: 90.0, GREEN: "10"}, {GREEN: 10.0, BLUE: "90.0"}])
def test_the_same_step_is_known_however_it_is_written(weights):
    """Order and form of the weights may change on the way."""
    stored = store(parse_event(call(production={GREEN: 10, BLUE: 90})), PROGRESS, WAITING)
    assert 4 == again(stored, production=weights).attempt


@pytest.mark.parametrize(
    "mangled",
    [
        None,
        "text",
        5,
        [],
        {},
        {"v": 2},
        {"v": 1, "reason": "no more than that"},
        {"since": "yesterday"},
        {"since": -1},
        {"since": NOW + 61},
        {"since": 1e400},
        {"attempt": 0},
        {"attempt": "3"},
        {"attempt": 1.5},
        {"file": None},
        {"expires": "never"},
        {"load_errors": -1},
        {"checks": []},
        {"checks": {"smoke": "passed"}},
        {"checks": {"smoke": {}}},
        {"checks": {"smoke": {"outcome": "green"}}},
        {"checks": {"smoke": {"outcome": "passed", "errors": -1}}},
        {"checks": {"smoke": {"outcome": "passed", "memory": 5}}},
    ],
)
def test_a_mangled_state_is_dropped(mangled):
    """The gate starts anew, and nothing passes that was not checked."""
    whole = state_of()[KEY]
    mangled = whole | mangled if isinstance(mangled, dict) and mangled and "v" not in mangled else mangled
    assert Progress(since=NOW + 60) == again({KEY: mangled})


def test_unknown_keys_of_a_newer_version_do_no_harm():
    """Functions of two versions may meet in one deployment while they are rolled out."""
    state = state_of()[KEY]
    state["new"] = 1
    state["checks"]["smoke"]["new"] = 1
    assert again(state_of()) == again({KEY: state})


def test_a_start_is_kept_in_memory():
    """It holds the deadline where ECS loses what was returned."""
    starts = WarmMemory()
    assert NOW == again(None, now=NOW, starts=starts).since
    assert NOW == again(None, now=NOW + 500, starts=starts).since
    assert NOW + 500 == again(None, now=NOW + 500, starts=starts, deployment="d2").since


@pytest.mark.parametrize(("in_memory", "in_state"), [(NOW - 100, NOW), (NOW, NOW - 100)])
def test_the_earlier_start_counts(in_memory, in_state):
    """Whichever of both knows more."""
    starts = WarmMemory()
    starts.first(gate_key(parse_event(call())), in_memory)
    stored = state_of(Progress(since=in_state))
    assert NOW - 100 == again(stored, starts=starts).since


def test_a_start_is_forgotten_with_the_verdict():
    """The same gate asked once more begins anew."""
    starts = WarmMemory()
    starts.first("gate", NOW)
    starts.forget("gate")
    starts.forget("gate")
    assert NOW + 5 == starts.first("gate", NOW + 5)


def test_the_memory_has_an_end():
    """A function that lives for weeks keeps the latest gates only."""
    starts = WarmMemory()
    for number in range(100):
        starts.first(f"gate {number}", NOW + number)
    assert NOW + 99 == starts.first("gate 99", NOW + 999)
    assert NOW + 999 == starts.first("gate 0", NOW + 999)


@pytest.mark.parametrize("errors", range(ERROR_BUDGET + 3))
def test_any_number_of_errors_comes_back(errors):
    """A check whose budget is used up is asked on while another one waits; that must not cost the state of both."""
    stands = CheckProgress()
    for _ in range(errors):
        stands = stands.after(CheckResult(Outcome.ERROR, "connection refused"))
    checks = {"spent": stands if errors else CheckProgress(Outcome.PASSED), "slow": CheckProgress(Outcome.INCONCLUSIVE)}
    found = again(state_of(Progress(since=NOW, attempt=errors + 1, fingerprint="f1", checks=checks)))
    assert (errors + 2, {"spent", "slow"}) == (found.attempt, set(found.checks))
    assert min(errors, ERROR_BUDGET) <= found.checks["spent"].errors


TEXT = st.builds(
    str.__mul__, st.sampled_from(["x", "ü", "€", "😀", '"', "\x00"]), st.sampled_from([0, 3, 40, 600, 3000])
)
CHECKS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True) | st.integers(0, 19).map(lambda n: f"c{n:031}"),
    st.builds(
        CheckProgress,
        st.sampled_from(Outcome),
        st.integers(0, ERROR_BUDGET),
        TEXT,
        st.dictionaries(st.sampled_from(["a", "words", "é"]), st.integers() | TEXT, max_size=3),
    ),
    max_size=20,
)


@given(CHECKS, TEXT.map(lambda text: text[:600]), st.none() | st.floats(NOW, NOW + 10**6), st.integers(1, 10**6))
def test_the_state_is_small_and_keeps_every_outcome(checks, reason, expires_at, attempt):
    """Within 2 KB whatever the checks say and remember; words go first, answers never."""
    progress = Progress(since=NOW, attempt=attempt, fingerprint="f" * 12, expires_at=expires_at, checks=checks)
    details = state_of(progress, Verdict(HookStatus.IN_PROGRESS, reason, 30))
    assert len(json.dumps(details[KEY])) <= MAX_BYTES
    found = again(details)
    assert (attempt + 1, NOW) == (found.attempt, found.since)
    assert {name: (check.outcome, check.errors) for name, check in checks.items()} == {
        name: (check.outcome, check.errors) for name, check in found.checks.items()
    }


@pytest.mark.parametrize("character", ["x", "ü", "€", "😀", '"', "\x00"])
def test_twenty_talkative_checks_fit(character):
    """The worst case: the most checks, the longest names, and words in a script that JSON escapes."""
    talk = character * 3000
    checks = {
        f"{'check-' * 5}{n:02}": CheckProgress(Outcome.INCONCLUSIVE, ERROR_BUDGET, talk, {"words": talk})
        for n in range(20)
    }
    progress = Progress(since=NOW, attempt=1000, fingerprint="f" * 12, expires_at=NOW, load_errors=3, checks=checks)
    details = state_of(progress, Verdict(HookStatus.IN_PROGRESS, talk[:600], 30))
    assert len(json.dumps(details[KEY])) <= MAX_BYTES
    assert set(checks) == set(again(details).checks)


def test_memory_outlives_words():
    """A check needs what it remembered; people have the log."""
    checks = {f"c{n}": CheckProgress(Outcome.INCONCLUSIVE, 0, "x" * 500, {"seen": n}) for n in range(10)}
    found = again(state_of(Progress(since=NOW, checks=checks)))
    assert [{"seen": n} for n in range(10)] == [found.checks[f"c{n}"].memory for n in range(10)]


def test_a_few_words_stay_whole():
    """What fits is not cut."""
    assert "connection refused" == again(state_of()).checks["smoke"].summary

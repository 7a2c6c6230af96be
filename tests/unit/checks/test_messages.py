"""Messages as people read them at 2 a.m.: docs/messages.md is made of real ones, and each of them says what it has to.

    .venv/bin/python -m tests.unit.checks.test_messages

writes the table anew out of the scenes in ``scenes/``. What is different at each run is replaced there, in ``names.py``.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from greenlight.checks import KINDS
from greenlight.gates import HookStatus
from tests.unit.checks.scenes.of_the_gate import VERDICTS
from tests.unit.checks.scenes.place import Place, stage
from tests.unit.checks.scenes.playing import mistake_of, played
from tests.unit.checks.scenes.scene import blunders_of, scenes_of

TABLE = Path(__file__).parents[3] / "docs" / "messages.md"
LEAST = 40

_HEAD = """# Messages

What the checks say, in the words in which they say it: in the verdict's sentence in the log, in the report, in `hookDetails`. Each message is a real one, which a test brings about
([scenes](../tests/unit/checks/scenes/)); ARNs, addresses and numbers are stand-ins. Where a message does not say itself what to do, the last column does.

An *error* (throttled and access denied among them) is asked again, and so is what is *inconclusive*: after four errors in a row, or at the gate's deadline, `on_error` and `on_timeout`
decide. What is *wrong in a gates file* fails the deployment at once, and `greenlight validate` tells it before.

| kind | outcome | message | what to do |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    kind: str
    outcome: str
    message: str
    todo: str
    title: str

    def __str__(self):
        cells = (
            f"`{self.kind}`" if self.kind in KINDS else self.kind,
            self.outcome,
            _cell(self.message),
            _cell(self.todo),
        )
        return f"| {' | '.join(cells)} |"


def rows(server):
    """Return all messages, in the order of the kinds."""
    found = []
    for kind in KINDS:
        found += [
            Row(kind, scene.situation, played(server, scene).message, scene.todo, scene.title)
            for scene in scenes_of(kind)
        ]
        for blunder in blunders_of(kind):
            with Place(server) as place:
                found.append(Row(kind, "wrong in the file", mistake_of(place, blunder), blunder.todo, blunder.title))
    for verdict in VERDICTS:
        with Place(server) as place:
            status, reason = verdict.tell(place)
        assert verdict.status is status, reason
        found.append(Row("the gate", status, reason, verdict.todo, verdict.title))
    return found


def _cell(text):
    """Write a text as a cell of a Markdown table: as it is, between backticks too."""
    parts = text.split("`")
    plain = [re.sub(r"([*<])", r"\\\1", part) if number % 2 == 0 else part for number, part in enumerate(parts)]
    return "`".join(plain).replace("|", "\\|")


def document(told):
    """Return the whole page."""
    return _HEAD + "".join(f"{row}\n" for row in told)


@pytest.fixture(scope="module")
def told():
    """All messages."""
    with stage() as server:
        return rows(server)


def test_the_table_is_current(told):
    """Whoever changes a message sees it here, and lets `python -m tests.unit.checks.test_messages` write it down."""
    assert document(told) == TABLE.read_text(encoding="utf-8")


def test_there_are_many_messages_of_each_kind(told):
    """What happens once a year is what nobody remembers."""
    assert LEAST <= len(told)
    assert dict.fromkeys(KINDS, True) == {kind: 4 <= sum(row.kind == kind for row in told) for kind in KINDS}


_GOOD_NEWS = {"passed", "skipped", HookStatus.SUCCEEDED}
_NO = {"failed", "wrong in the file", HookStatus.FAILED}
_NAMED = re.compile(
    r'"[^"]+"|`[^`]+`'
    r"|\barn:|\b[a-z][a-z0-9]*:[A-Z][A-Za-z]+"  # an ARN, an operation of AWS
    r"|https?://|s3://|ssm:/|\d+\.\d+\.\d+\.\d+"
    r"|\b[a-z]+(?:-[a-z0-9]+)+\b|\b[a-z-]+:\d+\b"  # orders-1, orders:2
    r"|\b(?:container|freeze|green|tag|template|revision|suite) |\bidentity:"
)
_EXPECTED = re.compile(
    r"\bexpect(?:s|ed)\b|\basks for\b|\bwants\b|\bno (?:such )?\w+ (?:is called|begins with|has|sends)\b|\bhas no\b|\bneither\b"
    r"|\bmax_age is\b|\bone of the allowed\b|\blonger than its timeout\b|\bcannot find\b|\bholds until\b|\bdoes not exist\b"
)
_CURE = re.compile(
    r"(?:[;:,.(] |\bor |\band )(?:add|allowed here|build|change|choose|copy|correct|create|deploy|did you mean|find|give|have it|"
    r"ignore|leave|let|Let|look|make|mend|move|name|push|raise|remove|replace|replay|return|scan|see|set|sign|store|turn|use|write)\b"
    r"|\bwrite `|, as in |: either `|is it an HTTP|has to be given"
)
_WAITED_FOR = re.compile(r"it is (?:waited for|asked on|called again|started anew)|follow in the next invocation")
_PYTHON = re.compile(
    r"Traceback|File \"|<[a-z_.]+ object|\b(?:None|True|False|[A-Z][a-z]+Error:|KeyError)\b|\{'|\['|: '\w+'(?:$| \()"
)


def names_a_thing(row):
    """Tell whether something is called by its name."""
    return bool(_NAMED.search(row.message))


def says_what_was_expected(row):
    """Tell whether a no says what would have been a yes, or what to do about it."""
    return row.outcome not in _NO or bool(_EXPECTED.search(row.message) or _CURE.search(row.message))


def says_what_to_do(row):
    """Tell whether there is something to do, in the message or else in the table, or something that is waited for."""
    if row.outcome in _GOOD_NEWS:
        return not row.todo
    return bool(_CURE.search(row.message)) != bool(row.todo) or bool(_WAITED_FOR.search(row.message))


def is_one_line(row):
    """Tell whether it can be read at a glance."""
    return "\n" not in row.message and 0 < len(row.message) <= 600


def speaks_no_python(row):
    """Tell whether it is free of what only those understand who wrote it."""
    return not _PYTHON.search(row.message)


_COUNTED = "they are counted, and the report names each"
_OF_THE_SERVICE = "it is about the service, which every line of the log names"
_WORDS_OF_AWS = "AWS refuses, and these are its words; the last column has the cure"
_ENDED = "what was expected is that the work succeeds; what it says of itself is told"
_GARBLED = "nobody knows what AWS meant; the type of the error is for those who look into it"

EXCEPTIONS = {
    names_a_thing: {
        "alarms: no data, which is let through": _COUNTED,
        "metrics: the first window is not over": "measures are called by their own names, and so is green",
        "metrics: the service's first deployment": _OF_THE_SERVICE,
        "smoke: all tests pass": _COUNTED,
        "smoke: a suite that is not done": _COUNTED,
        "smoke: the login before all tests": "a suite has one setup",
        "routing: ECS does not say where blue is": "blue is named by its revision",
        "routing: no load balancer": _OF_THE_SERVICE,
        "routing: a first deployment, before scaling up": _OF_THE_SERVICE,
        "identity: no load balancer": _OF_THE_SERVICE,
        "smoke: production of a first deployment": _OF_THE_SERVICE,
        "ecs_task: no place for it": "there is no task yet that could have a name",
        "state_machine: a reply that makes no sense": _GARBLED,
        "codebuild: a reply that makes no sense": _GARBLED,
        "ecs_task: a reply that makes no sense": _GARBLED,
    },
    says_what_was_expected: {
        "task_definition: green's task definition is gone": _WORDS_OF_AWS,
        "routing: the test rule is gone": _WORDS_OF_AWS,
        "smoke: no such container": "what there is instead is told",
        "smoke: no such secret": _WORDS_OF_AWS,
        "lambda: there is no such function": _WORDS_OF_AWS,
        "traffic_steps: AWS refuses a write": _WORDS_OF_AWS,
        "switch: AWS refuses the write": _WORDS_OF_AWS,
        "state_machine: it failed": _ENDED,
        "state_machine: it was aborted": _ENDED,
        "state_machine: there is no such state machine": _WORDS_OF_AWS,
        "codebuild: a command failed": _ENDED,
        "codebuild: it was stopped": _ENDED,
        "codebuild: there is no such project": _WORDS_OF_AWS,
        "ecs_task: somebody stopped it": _ENDED,
        "ecs_task: no such cluster": _WORDS_OF_AWS,
        "the gate: a check could not be asked, time after time": "what was expected is an answer of AWS",
    },
    speaks_no_python: {
        "lambda: it raises": "these are the words of the team's own function",
        "state_machine: a reply that makes no sense": _GARBLED,
        "codebuild: a reply that makes no sense": _GARBLED,
        "ecs_task: a reply that makes no sense": _GARBLED,
    },
}
"""Messages that a demand is not made of, each with the reason; one that need not be here any more fails the test."""


@pytest.mark.parametrize(
    "demand",
    [names_a_thing, says_what_was_expected, says_what_to_do, is_one_line, speaks_no_python],
    ids=lambda demand: demand.__name__,
)
def test_each_message_says_what_it_has_to(told, demand):
    """It names the thing, what was found and expected, and what to do, in one line, and not in a programmer's words."""
    broken = {f"{row.kind}: {row.title}": row.message for row in told if not demand(row)}
    assert EXCEPTIONS.get(demand, {}).keys() == broken.keys()


def main():
    """Write the table."""
    with stage() as server:
        text = document(rows(server))
    TABLE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{TABLE.name}: {text.count(chr(10)) - _HEAD.count(chr(10))} messages\n")


if __name__ == "__main__":
    main()

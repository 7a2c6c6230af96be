"""The gates behind the hooks of Greenlight, read as its functions read them, with the credentials of whoever looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from greenlight import aws
from greenlight.documents import Document, DocumentError, Mistake, validate
from greenlight.gates.loading import DEFAULT_FILE, Configured, Gate, load_gate
from greenlight.gates.model import gates_file_model
from greenlight.gates.sources import Source, SourceUnavailableError, locate, read
from greenlight_cli.account.account import in_words
from greenlight_cli.doctor.finding import Finding, error, unknown
from greenlight_cli.doctor.hook import Hook

if TYPE_CHECKING:
    from greenlight_cli.doctor.subject import Subject

_HINT_FOR_FUNCTIONS: Final = " (the stack's parameters Gates and FurtherGatesArns"
"""What the library adds for functions; here somebody else's permissions count."""


@dataclass(frozen=True)
class Guard:
    """What guards a stage of the service.

    Attributes:
        hook: Who is called there.
        stage: The stage.
        gates: What is configured: a location, an object, or nothing.
        source: Where the gates file is; None for an object.
        gate: All checks, ready; None where it could not be read.
        problems: Why not.
    """

    hook: Hook
    stage: str
    gates: Any
    source: Source | None
    gate: Gate | None
    problems: tuple[Finding, ...] = ()

    @property
    def place(self) -> str:
        """Return what to call it in findings."""
        return f"gate {self.stage.lower()}"


def read_guards(subject: "Subject") -> tuple[Guard, ...]:
    """Read the gate of every stage at which a hook of Greenlight's is registered."""
    return tuple(_read(subject, hook, stage) for hook in subject.ours for stage in hook.stages)


def unregistered(guards: tuple[Guard, ...]) -> Iterator[tuple[str, str]]:
    """Give gates file and stage of each gate that no hook asks for.

    Args:
        guards: Those of the service.
    """
    files: dict[str, tuple[Any, set[str]]] = {}
    for guard in guards:
        if guard.gate is not None and not guard.gate.is_default:
            files.setdefault(guard.gate.source, (guard.gates, set()))[1].add(guard.stage)
    for name, (gates, asked) in files.items():
        document = Document(name, dict(gates)) if isinstance(gates, Mapping) else read(locate(gates, None, place=name))
        for stage in validate(gates_file_model(document), document).stages:
            if stage not in asked:
                yield name, stage


def _read(subject: "Subject", hook: Hook, stage: str) -> Guard:
    place = f"{hook.place}, hookDetails.gates"
    gates = hook.gates
    try:
        if gates is None or gates == "":
            place, gates = "the function's GATES", subject.variables(hook.target).get("GATES", "").strip()
        source = locate(gates, None, place=place) if isinstance(gates, str) and gates else None
    except aws.AwsError as trouble:
        return Guard(hook, stage, None, None, None, (unknown(f"gate {stage.lower()}", in_words(trouble)),))
    except DocumentError as mistakes:
        return Guard(hook, stage, gates, None, None, tuple(of_mistake(each) for each in mistakes.mistakes))
    return _load(hook, stage, gates, source, place)


def _load(hook: Hook, stage: str, gates: Any, source: Source | None, place: str) -> Guard:
    if source is not None and source.scheme == "file" and not Path(source.path).is_file():
        problem = f"{source} is in the package of the function, and not on this machine"
        cure = "check it where the package is made: greenlight validate"
        return Guard(hook, stage, gates, source, None, (unknown(f"gates file {source}", problem, cure),))
    if source is None and not gates:
        source = Source("file", str(DEFAULT_FILE))
    try:
        return Guard(hook, stage, gates, source, load_gate(Configured(gates, place), stage))
    except DocumentError as mistakes:
        denied = isinstance(mistakes.__cause__, aws.AwsDeniedError)
        problems = tuple(_denied(each) if denied else of_mistake(each) for each in mistakes.mistakes)
        return Guard(hook, stage, gates, source, None, problems)
    except SourceUnavailableError as trouble:
        return Guard(hook, stage, gates, source, None, (unknown(f"gates file {source}", str(trouble)),))


def of_mistake(mistake: Mistake) -> Finding:
    """Return the finding of a mistake, whose text ends with its cure."""
    text, _, cure = mistake.text.rpartition("; ")
    return (
        error(mistake.place, text, cure)
        if text
        else error(mistake.place, cure, "mend it, and upload it again (greenlight push)")
    )


def _denied(mistake: Mistake) -> Finding:
    """Return the finding that whoever looks may not read it; the function may."""
    text = mistake.text.partition(_HINT_FOR_FUNCTIONS)[0].replace("to the function's role", "to your role or user")
    return unknown(mistake.place, text, "S3 denies what is not there, too: look for a misspelt name")

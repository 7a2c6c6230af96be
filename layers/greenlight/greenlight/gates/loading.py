"""From a location, or an inline object, to the gate of one stage, with all its checks ready to run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

from greenlight.checks import KINDS, Check, Files
from greenlight.checks.routing import RoutingCheck, RoutingSettings
from greenlight.documents import Document, DocumentError, Mistake, validate
from greenlight.gates.model import GateSettings, GatesFileHead, gates_file_model
from greenlight.gates.sources import FORMS, Source, locate, read
from greenlight.stages import KNOWN_STAGES, Stage

PROVEN_STAGES = frozenset({Stage.PRE_SCALE_UP, Stage.POST_TEST_TRAFFIC_SHIFT})
"""Where routing is looked at unless the gates file says ``routing: false``."""

DEFAULT_FILE = Path(__file__).with_name("default.yaml")


@dataclass(frozen=True)
class NamedCheck:
    """A check and what people call it."""

    name: str
    check: Check


@dataclass(frozen=True)
class Gate:
    """All checks of one stage.

    Attributes:
        stage: The stage, as ECS writes it.
        service: What the gates file calls the service.
        source: Where the gates file comes from.
        is_default: Whether it is the packaged default, because nobody configured one.
        deadline_seconds: How long the gate may take, from the first invocation.
        checks: In the order of the file.
        fingerprint: Changes when anything that the gate was made from changes.
    """

    stage: str
    service: str | None
    source: str
    is_default: bool
    deadline_seconds: float
    checks: tuple[NamedCheck, ...]
    fingerprint: str


@dataclass(frozen=True)
class Configured:
    """What is configured for this invocation.

    Attributes:
        gates: An inline gates file, or a location; empty or None means the packaged default.
        named_by: Who configured it, for messages.
    """

    gates: Any
    named_by: str


def load_gate(configured: Configured, stage: str) -> Gate:
    """Read the gates file and make the checks of a stage ready.

    Raises:
        DocumentError: With every mistake in the gates file and in the files that the stage's checks name.
        SourceUnavailableError: When AWS did not answer.
    """
    source, document = _read(configured)
    model = validate(gates_file_model(document), document)
    settings = model.gate(stage)
    if settings is None:
        raise DocumentError([_no_gate(model, document, stage)])
    read_documents = [document]

    def read_beside(here: Document, location: str) -> Document:
        found = read(locate(location, source, place=here.place(("file",))))
        read_documents.append(found)
        return found

    checks = (*_unasked(settings, stage), *_prepare(settings, document, stage, read_beside))
    contents = dumps([document.data for document in read_documents], sort_keys=True)
    return Gate(
        stage=stage,
        service=model.service,
        source=document.name,
        is_default=source is not None and source.path == str(DEFAULT_FILE),
        deadline_seconds=settings.deadline,
        checks=checks,
        fingerprint=sha256(contents.encode()).hexdigest()[:12],
    )


def has_gate(configured: Configured, stage: str) -> bool:
    """Tell whether the gates file has a gate for a stage.

    Raises:
        DocumentError: With every mistake in the gates file.
        SourceUnavailableError: When AWS did not answer.
    """
    _, document = _read(configured)
    return validate(gates_file_model(document), document).gate(stage) is not None


def _read(configured: Configured) -> tuple[Source | None, Document]:
    gates = configured.gates
    if gates is None or gates == "":
        source = Source("file", str(DEFAULT_FILE))
        return source, Document("the packaged default", read(source).data)
    if isinstance(gates, Mapping):
        return None, Document(configured.named_by, dict(gates))
    if isinstance(gates, str):
        source = locate(gates, None, place=configured.named_by)
        return source, read(source)
    problem = f"is neither a gates file nor a location; write an object, or {FORMS}"
    raise DocumentError([Mistake(configured.named_by, problem)])


def _unasked(settings: GateSettings, stage: str) -> tuple[NamedCheck, ...]:
    """Return the check that guards all others though nobody wrote it down: that the listeners lead where they should.

    A gate that is told where to ask does without, and so without any call of AWS.
    """
    smoke = getattr(settings, "smoke", None) or ()
    told = bool(smoke) and all(each.endpoint for each in smoke)
    if stage not in PROVEN_STAGES or getattr(settings, "routing", None) is not None or told:
        return ()
    return (NamedCheck("routing", RoutingCheck(RoutingSettings(), stage)),)


def _prepare(
    settings: GateSettings, document: Document, stage: str, read_beside: Callable[[Document, str], Document]
) -> tuple[NamedCheck, ...]:
    checks: list[NamedCheck] = []
    mistakes: list[Mistake] = []
    for kind, path, check_settings in settings.checks():
        here = document.at((stage.lower(), *path))
        files = Files(here, partial(read_beside, here))
        try:
            check = KINDS[kind].prepare(check_settings, stage, files)
        except DocumentError as error:
            mistakes.extend(error.mistakes)
        else:
            checks.append(NamedCheck(check_settings.name or kind, check))
    if mistakes:
        raise DocumentError(mistakes)
    return tuple(checks)


def _no_gate(model: GatesFileHead, document: Document, stage: str) -> Mistake:
    there = f"it has: {', '.join(stage.lower() for stage in model.stages) or 'no stage at all'}"
    if stage not in KNOWN_STAGES:
        return Mistake(document.name, f'ECS called at the stage "{stage}", which this version does not know; {there}')
    cure = f"add `{stage.lower()}:` with checks, or take {stage} out of the hook's lifecycleStages"
    return Mistake(document.name, f"has no gate for {stage} ({there}); {cure}")

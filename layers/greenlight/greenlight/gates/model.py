"""The gates file: which checks guard which lifecycle stage."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, create_model, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks import KINDS, CheckSettings
from greenlight.documents import Document, Duration, Strict, shown
from greenlight.stages import KNOWN_STAGES, Stage

MAX_CHECKS = 20
DEFAULT_DEADLINE_SECONDS = 30 * 60.0


def _as_list(value: Any) -> Any:
    """Take one check's settings for a list of one; ``routing:`` with nothing behind it, or true, for its defaults."""
    if isinstance(value, list):
        return value
    if value is False:
        return []
    return [{} if value is None or value is True else value]


def _version(value: Any) -> Any:
    if not isinstance(value, int) or isinstance(value, bool) or value != 1:
        raise PydanticCustomError("greenlight", "has to be 1, found {found}", {"found": shown(value)})
    return value


def _given(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError(
            "greenlight", "has nothing behind it, so the hook would fail; write checks, or leave the stage out"
        )
    return value


class GateSettings(Strict):
    """What a gates file says about one stage; the kinds of checks are added below.

    Attributes:
        deadline: Seconds from the first invocation until on_timeout decides.
    """

    further_keys: ClassVar[tuple[str, ...]] = tuple(KINDS)

    deadline: Duration = DEFAULT_DEADLINE_SECONDS

    def checks(self) -> list[tuple[str, tuple[str | int, ...], CheckSettings]]:
        """Return kind, place and settings of every check, in the order of the kinds."""
        return [
            (kind, (kind, index), settings)
            for kind in KINDS
            for index, settings in enumerate(getattr(self, kind, None) or ())
        ]

    @model_validator(mode="after")
    def _check_names(self) -> "GateSettings":
        names = [settings.name or kind for kind, _, settings in self.checks()]
        if not names:
            kinds = ", ".join(KINDS)
            raise PydanticCustomError(
                "greenlight", "has no checks, so it could never pass; add one of: {kinds}", {"kinds": kinds}
            )
        posing = sorted(
            {str(check.name) for kind, _, check in self.checks() if check.name in KINDS and check.name != kind}
        )
        if posing:
            problem = "calls a check by the word for another kind: {names}; choose another `name`"
            raise PydanticCustomError("greenlight", problem, {"names": ", ".join(posing)})
        if len(names) > MAX_CHECKS:
            raise PydanticCustomError(
                "greenlight", "has {count} checks; {most} are allowed", {"count": len(names), "most": MAX_CHECKS}
            )
        if twice := sorted({name for name in names if names.count(name) > 1}):
            problem = "has more than one check called {names}; give each a `name` of its own"
            raise PydanticCustomError("greenlight", problem, {"names": ", ".join(twice)})
        return self


def _kind_fields(kinds: Iterable[str]) -> dict[str, Any]:
    return {
        name: (Annotated[list[KINDS[name].settings] | None, BeforeValidator(_as_list)], None)  # type: ignore[misc]  # only known at run time
        for name in kinds
    }


class GatesFileHead(Strict):
    """What a gates file says before its stages.

    Attributes:
        version: Version of the language.
        service: What people call the service, for logs and reports.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "checks": "checks stand under a stage, as in `post_test_traffic_shift: {smoke: {file: smoke.yaml}}`",
        "gates": "the stages stand at the top, as in `post_test_traffic_shift: {smoke: {file: smoke.yaml}}`",
        "stages": "the stages stand at the top, as in `post_test_traffic_shift: {smoke: {file: smoke.yaml}}`",
        "default": "write the stage's name, as post_test_traffic_shift",
        "tests": "this looks like a smoke suite; name it in a gates file, as in `smoke: {file: smoke.yaml}`",
    } | {stage.value: f"write it in small letters: {stage.value.lower()}" for stage in Stage}

    version: Annotated[int, PlainValidator(_version), WithJsonSchema({"const": 1})]
    service: Annotated[str, Field(min_length=1, max_length=255)] | None = None

    def gate(self, stage: str) -> GateSettings | None:
        """Return what the file says about a stage; None where it says nothing."""
        gate: GateSettings | None = getattr(self, stage.lower(), None) if stage in KNOWN_STAGES else None
        return gate

    @model_validator(mode="after")
    def _some_stage(self) -> "GatesFileHead":
        if not self.stages:
            problem = "has no gate, so it guards nothing; write checks under one of the stages: {stages}"
            raise PydanticCustomError("greenlight", problem, {"stages": ", ".join(stage.lower() for stage in Stage)})
        return self

    @property
    def stages(self) -> list[str]:
        """Return the stages that have a gate."""
        return [stage for stage in Stage if self.gate(stage)]


def gates_file_model(document: Document | None = None) -> type[GatesFileHead]:
    """Return the model of a whole gates file.

    Args:
        document: The file; only the kinds of checks that it names are loaded then. Without it all kinds are.
    """
    return _model(frozenset(KINDS) if document is None else frozenset(_named(document.data)))


def _named(data: Any) -> Iterator[str]:
    for gate in data.values() if isinstance(data, dict) else ():
        yield from (key for key in gate if key in KINDS) if isinstance(gate, dict) else ()


@lru_cache
def _model(kinds: frozenset[str]) -> type[GatesFileHead]:
    # In the order of the table, which is that of the verdict's sentence.
    gate = create_model("Gate", __base__=GateSettings, **_kind_fields(name for name in KINDS if name in kinds))
    stages: dict[str, Any] = {stage.lower(): (Annotated[gate | None, BeforeValidator(_given)], None) for stage in Stage}
    return create_model("GatesFile", __base__=GatesFileHead, **stages)

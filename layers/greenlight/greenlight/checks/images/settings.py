"""What a gates file says of an ``images`` check."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckSettings
from greenlight.documents import Duration, Strict, shown

SEVERITIES: Final = ("critical", "high", "medium", "low", "informational", "undefined")
"""The worst first; ``undefined`` is what nobody has rated yet (UNDEFINED in basic scans, UNTRIAGED in enhanced ones)."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SCAN_EXAMPLE: Final = "scan: {max: medium}"
_IGNORE_EXAMPLE: Final = "{id: CVE-2026-1234, reason: why it does not apply, until: 2026-12-31}"


def _good_glob(glob: str) -> str:
    # Here and not above: a gate that names no registries does not pay for it at a cold start.
    from greenlight.checks.images.globs import check_glob  # noqa: PLC0415

    if problem := check_glob(glob):
        raise PydanticCustomError("greenlight", "{found} {problem}", {"found": shown(glob), "problem": problem})
    return glob


def _some(globs: tuple[str, ...]) -> tuple[str, ...]:
    # Not min_length: pydantic would count the good ones, and tell a second mistake of each list with a bad one.
    if not globs:
        raise PydanticCustomError("greenlight", "lets nothing through; name a registry, or leave `registries` out")
    return globs


def _last_day(value: Any) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # the 31st of June: told below, like any other text
    raise PydanticCustomError(
        "greenlight", "is no date: {found}; write year-month-day, as in 2026-12-31", {"found": shown(value)}
    )


def _with_reason(value: Any) -> Any:
    if isinstance(value, str):
        problem = "{found} is ignored without a reason; write {example}"
        raise PydanticCustomError("greenlight", problem, {"found": shown(value), "example": _IGNORE_EXAMPLE})
    return value


def _present(value: Any) -> Any:
    if value != "present":
        problem = "has to be `present`, found {found}: that one is there can be told, whether it is valid cannot"
        raise PydanticCustomError("greenlight", problem, {"found": shown(value)})
    return value


Glob = Annotated[str, Field(max_length=512), AfterValidator(_good_glob)]
ContainerGlob = Annotated[str, Field(min_length=1, max_length=255)]
Count = Annotated[int, Field(ge=0)]
Severity = Literal["none", "informational", "low", "medium", "high", "critical"]
LastDay = Annotated[
    date, BeforeValidator(_last_day), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"})
]


class Ignored(Strict):
    """A finding that somebody looked at and took upon them.

    Attributes:
        id: The vulnerability, as in ``CVE-2026-1234``.
        reason: Why it does not apply.
        until: The last day (UTC) on which it is ignored; None for ever.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "cve": "write `id: CVE-2026-1234`",
        "expires": "write `until: 2026-12-31`, the last day on which it is ignored",
        "comment": "write `reason: …`",
    }

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._:-]*$", max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    until: LastDay | None = None


class ScanSettings(Strict):
    """How many findings an image may have.

    Attributes:
        max: The worst severity that is let through in any number.
        critical: How many findings of this severity are let through; wins over ``max``. So do the next five.
        high: See ``critical``.
        medium: See ``critical``.
        low: See ``critical``.
        informational: See ``critical``.
        undefined: Findings that nobody has rated yet; ``max`` counts them only when it is ``none``.
        ignore: Findings that are not counted.
        unfixed: Whether findings count that have no fixed version yet; only enhanced scanning tells.
        unsupported: What follows where ECR cannot scan an image.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "max_severity": "write `max: medium`, the worst severity that is let through",
        "severity": "write `max: medium`, the worst severity that is let through",
        "fail_on": "write `max: medium`, the worst severity that is let through",
        "threshold": "write `max: medium`, or a number for each severity as in `critical: 0`",
        "allow": "write `ignore`, a list of " + _IGNORE_EXAMPLE,
        "allowlist": "write `ignore`, a list of " + _IGNORE_EXAMPLE,
        "ignore_unfixed": "write `unfixed: ignore`",
        "timeout": "the stage's `deadline` and the check's `on_timeout` say how long to wait for a scan",
        "wait": "a scan is waited for until the stage's `deadline`",
        "untriaged": "write `undefined`",
    }

    max: Severity | None = None
    critical: Count | None = None
    high: Count | None = None
    medium: Count | None = None
    low: Count | None = None
    informational: Count | None = None
    undefined: Count | None = None
    ignore: tuple[Annotated[Ignored, BeforeValidator(_with_reason)], ...] = Field(default=(), strict=False)
    unfixed: Literal["count", "ignore"] = "count"
    unsupported: Literal["fail", "pass"] = "fail"

    @property
    def limits(self) -> dict[str, int]:
        """Return how many findings of each severity are let through; one that is not in it has no limit."""
        limits: dict[str, int] = {}
        if self.max is not None:
            allowed = SEVERITIES.index(self.max) if self.max != "none" else len(SEVERITIES)
            limits = dict.fromkeys(SEVERITIES[:allowed], 0)
        counts = {severity: getattr(self, severity) for severity in SEVERITIES}
        return limits | {severity: count for severity, count in counts.items() if count is not None}

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.max is None and not self.limits:
            problem = "sets no limit; write `{example}`, or a number for each severity as in `critical: 0`"
            raise PydanticCustomError("greenlight", problem, {"example": _SCAN_EXAMPLE})
        twice = sorted({each.id.upper() for each in self.ignore if self._times(each.id) > 1})
        if twice:
            raise PydanticCustomError("greenlight", "ignores {ids} twice; leave one out", {"ids": ", ".join(twice)})
        return self

    def _times(self, finding: str) -> int:
        return sum(each.id.upper() == finding.upper() for each in self.ignore)


class ImagesSettings(CheckSettings):
    """What a gates file says of an ``images`` check.

    Attributes:
        containers: Which containers are looked at, by name or glob; empty means all.
        ignore_containers: Which are not.
        registries: Globs over registry/repository, one of which each image has to match; empty means any.
        allow_latest: Whether ``latest`` is let through, and an image with neither tag nor digest.
        pinned: ``digest`` wants one in the task definition; ``tag`` wants a tag that still names what ECS runs.
        exists: Whether ECR is asked for the image; images elsewhere cannot be asked for.
        architecture: Whether the image has to be built for the task definition's platform, where that can be told.
        max_age: Seconds since an image was pushed, at most.
        scan: How many findings it may have.
        signature: ``present`` wants a signature of the image in the repository.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "repositories": "write `registries`, globs over registry/repository",
        "allowed_registries": "write `registries`, globs over registry/repository",
        "allowed_repositories": "write `registries`, globs over registry/repository",
        "prefixes": "write `registries`, globs over registry/repository",
        "digest": "write `pinned: digest`",
        "tag": "write `pinned: tag`",
        "immutable": "write `pinned: digest`",
        "max_severity": f"write `{_SCAN_EXAMPLE}`",
        "vulnerabilities": f"write `{_SCAN_EXAMPLE}`",
        "findings": f"write `{_SCAN_EXAMPLE}`",
        "signed": "write `signature: present`",
        "cosign": "write `signature: present`",
        "notation": "write `signature: present`",
        "platform": "write `architecture: true`; the platform comes from the task definition",
        "age": "write `max_age: 30d`",
        "exclude": "write `ignore_containers: [envoy]`",
    }

    containers: tuple[ContainerGlob, ...] = Field(default=(), strict=False)
    ignore_containers: tuple[ContainerGlob, ...] = Field(default=(), strict=False)
    registries: Annotated[tuple[Glob, ...], AfterValidator(_some)] | None = Field(default=None, strict=False)
    allow_latest: bool = False
    pinned: Literal["digest", "tag"] | None = None
    exists: bool = True
    architecture: bool = True
    max_age: Annotated[Duration, Field(gt=0)] | None = None
    scan: ScanSettings | None = None
    signature: Annotated[Literal["present"], BeforeValidator(_present)] | None = None

    @property
    def wants_ecr(self) -> tuple[str, ...]:
        """Return the rules that were asked for and that only ECR's private repositories can answer."""
        rules = {"scan": self.scan, "max_age": self.max_age, "signature": self.signature}
        return tuple(name for name, rule in rules.items() if rule is not None)

    @property
    def asks_ecr(self) -> bool:
        """Tell whether anything has to be asked of ECR."""
        return self.exists or self.architecture or self.pinned == "tag" or bool(self.wants_ecr)

    @model_validator(mode="after")
    def _rules_make_sense(self) -> Self:
        if self.allow_latest and self.pinned:
            problem = "pins images with `pinned: {pinned}` and allows `latest`, which moves; leave one of them out"
            raise PydanticCustomError("greenlight", problem, {"pinned": self.pinned})
        if self.allow_latest and self.registries is None and not self.asks_ecr:
            problem = "has no rule left, so it would admit anything; give it one, as in `registries: [{example}]`"
            example = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders/*"
            raise PydanticCustomError("greenlight", problem, {"example": example})
        return self

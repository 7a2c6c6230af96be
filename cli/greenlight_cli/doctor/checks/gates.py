"""The gates files: that they are there, valid, have a gate for each stage that asks, and can be read by the functions."""

from collections.abc import Iterator
from typing import Final

from greenlight.documents import DocumentError
from greenlight.gates.sources import Source, SourceUnavailableError, locate
from greenlight_cli.doctor.finding import Finding, fine, unknown, warning
from greenlight_cli.doctor.guards import Guard, unregistered
from greenlight_cli.doctor.roles import look_at_rights
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "gates files"
READERS_PLACE: Final = "roles of the functions"
_CURE: Final = "name it in the stack's parameter Gates or FurtherGatesArns"


def look_at_gates(subject: Subject) -> Iterator[Finding]:
    """Look at what the hooks of Greenlight will read."""
    told: set[Finding] = set()
    for guard in subject.guards:
        new = [problem for problem in guard.problems if problem not in told]
        yield from new
        told.update(new)
        if guard.gate is None:
            continue
        if guard.gate.is_default:
            yield warning(
                guard.place,
                "no gates file is configured, so that the packaged default applies, which asks for / and no more",
                "write one, and attach it: greenlight attach --gates s3://bucket/gates.yaml",
            )
        else:
            kinds = ", ".join(each.name for each in guard.gate.checks)
            yield fine(guard.place, f"{guard.gate.source} asks: {kinds}")
    try:
        for name, stage in unregistered(subject.guards):
            yield warning(
                f"gates file {name}",
                f"its gate {stage.lower()} is never asked, because no hook of Greenlight's is registered at {stage}",
                f"attach that hook, too (greenlight attach --stages …,{stage}), or take the gate out",
            )
    except (DocumentError, SourceUnavailableError) as trouble:  # it could be read a moment ago
        yield unknown(PLACE, str(trouble), "look again")


def look_at_readers(subject: Subject) -> Iterator[Finding]:
    """Look whether the functions may read their gates files and the suites that these name in S3 or Parameter Store.

    Raises:
        AwsError: When Lambda or IAM does not tell.
    """
    for guard in subject.guards:
        wanted: dict[str, list[str]] = {}
        for source in _sources(guard):
            action, arn = _right(subject, source)
            wanted.setdefault(action, []).append(arn)
        role = (subject.function(guard.hook.target) or {}).get("Role")
        if not wanted or not role:
            continue
        found = list(look_at_rights(subject, str(role), wanted, "read its gates file", _CURE))
        yield from found
        if not found:
            yield fine(guard.place, "its function may read the gates file")


def _sources(guard: Guard) -> Iterator[Source]:
    if guard.source is None or guard.source.scheme == "file":
        return
    yield guard.source
    for each in guard.gate.checks if guard.gate else ():
        location = getattr(each.check.settings, "file", None)
        if location:
            found = locate(location, guard.source, place=guard.place)
            if found.scheme != "file":
                yield found


def _right(subject: Subject, source: Source) -> tuple[str, str]:
    if source.scheme == "s3":
        action = "s3:GetObjectVersion" if source.version_id else "s3:GetObject"
        return action, f"arn:{subject.partition}:s3:::{source.bucket}/{source.path}"
    return (
        "ssm:GetParameter",
        f"arn:{subject.partition}:ssm:{subject.region}:{subject.account_id}:parameter{source.path}",
    )

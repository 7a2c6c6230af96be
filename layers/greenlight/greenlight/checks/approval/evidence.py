"""What people are shown when they are asked: what the other checks found, and what changes. A few KB at most.

It is kept as people read it, line by line, because a notification and a terminal show the same.
"""

from typing import Any, Final

from greenlight.checks.base import CheckContext, Finding
from greenlight.deployment import ContainerImage, Deployment, Revision

MAX_FINDINGS: Final = 20
MAX_CONTAINERS: Final = 10
_MAX_SUMMARY: Final = 300
_MAX_IMAGE: Final = 200
_DIGEST_SHOWN: Final = len("sha256:") + 12


def gather(context: CheckContext, message: str | None) -> dict[str, Any]:
    """Put together what the question rests on, as JSON values.

    Args:
        context: What the check may look at.
        message: What the gates file tells people.

    Raises:
        DeploymentError: When ECS does not say what changes.
    """
    findings: list[Any] = [_finding(each) for each in context.findings[:MAX_FINDINGS]]
    if len(context.findings) > MAX_FINDINGS:
        findings.append(f"and {len(context.findings) - MAX_FINDINGS} more")
    return {
        "message": message or "",
        "release": _definition(context.deployment.green()),
        "changes": _changes(context.deployment),
        "findings": findings,
        "step": context.step,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"name": finding.name, "outcome": str(finding.outcome), "summary": _cut(finding.summary, _MAX_SUMMARY)}


def _changes(deployment: Deployment) -> list[str]:
    """Tell blue and green apart by what people know them by; without a blue, say what green is."""
    green, blue = deployment.green(), deployment.blue()
    before, after = _by_container(blue), _by_container(green)
    containers = list(dict.fromkeys([*after, *before]))
    lines = [_change("task definition", _definition(blue) if blue else "", _definition(green))]
    lines += [
        _change(f"container {name}", before.get(name, ""), after.get(name, "")) for name in containers[:MAX_CONTAINERS]
    ]
    if len(containers) > MAX_CONTAINERS:
        lines.append(f"and {len(containers) - MAX_CONTAINERS} more containers")
    return lines


def _change(what: str, blue: str, green: str) -> str:
    return f"{what}: {green}, as before" if blue == green else f"{what}: {blue or 'none'} -> {green or 'none'}"


def _definition(revision: Revision) -> str:
    return revision.task_definition.rpartition("/")[2] or revision.id


def _by_container(revision: Revision | None) -> dict[str, str]:
    return {each.container: _image(each) for each in (revision.images if revision else ())}


def _image(image: ContainerImage) -> str:
    """Write an image with the beginning of its digest, which is what tells two images of one tag apart."""
    named = _cut(image.image, _MAX_IMAGE)
    digest = image.digest or ""
    return named if not digest or digest in named else f"{named} ({digest[:_DIGEST_SHOWN]})"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"

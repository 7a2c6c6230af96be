"""Looks at every image of a revision, rule by rule, and makes one answer of what was found."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from greenlight import aws, clock
from greenlight.checks.images.ecr import Ecr, Repository
from greenlight.checks.images.lookup import Found, Missing, Withheld, look_up
from greenlight.checks.images.manifests import Entry, Platform
from greenlight.checks.images.reference import short
from greenlight.checks.images.remarks import Remark, failed, of_error, outcome_of, sentence, told, waiting
from greenlight.checks.images.scanning import judge_scan, read_scan, scan_details
from greenlight.checks.images.settings import ImagesSettings, ScanSettings
from greenlight.checks.images.signatures import find_signature
from greenlight.checks.images.subjects import Subject, choose, judge_name, read_subject
from greenlight.checks.images.task import Task, find_task
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import Revision
from greenlight.documents import duration_text

T = TypeVar("T")

_DAY: Final = 86400
_SCAN_NOT_FOUND: Final = "ScanNotFoundException"
_SIGNING_SECONDS: Final = 300
"""ECR's managed signing follows the push: https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html"""


def judge_images(settings: ImagesSettings, revision: Revision, deadline: float) -> CheckResult:
    """Look at a revision's images.

    Args:
        settings: The rules.
        revision: What ECS says of it.
        deadline: Monotonic seconds after which ECR is not asked any more.
    """
    images, problems = choose(settings, revision.images)
    if problems:
        return CheckResult(problems[0].outcome, problems[0].text)
    read = {image.container: read_subject(image) for image in images}
    subjects = [each for each in read.values() if isinstance(each, Subject)]
    judge = _Judge(settings, revision.task_definition, Ecr(deadline))
    judged = judge.judge(subjects)
    remarks = [(name, each) for name, each in read.items() if isinstance(each, Remark)]
    remarks += [(subject.container, remark) for subject in subjects for remark in judged[subject.container]]
    details = {
        "task_definition": revision.task_definition.rpartition("/")[2],
        "images": [
            _details(image.container, image.image, image.digest, remarks, judge.details.get(image.container, {}))
            for image in images
        ],
    }
    return _result(subjects, remarks, details)


def _result(
    subjects: Sequence[Subject], remarks: Sequence[tuple[str, Remark]], details: Mapping[str, Any]
) -> CheckResult:
    outcome = outcome_of(remark for _, remark in remarks)
    summary = sentence(remarks, outcome)
    if outcome is Outcome.PASSED:
        names = ", ".join(f"{each.container} {each.reference}" for each in subjects)
        count = f"{len(subjects)} image{'s' if len(subjects) > 1 else ''} may be shipped"
        summary = f"{count}: {names}{f'; {summary}' if summary else ''}"
    return CheckResult(outcome, summary, details=details)


def _details(
    container: str, image: str, digest: str | None, remarks: Sequence[tuple[str, Remark]], found: Mapping[str, Any]
) -> dict[str, Any]:
    own = [remark for name, remark in remarks if name == container]
    return {
        "container": container,
        "image": image,
        "digest": digest,
        "outcome": outcome_of(own).value,
        "said": [remark.text for remark in own],
        **found,
    }


class _Judge:
    """Asks each rule about each image, and keeps what was found for the details."""

    def __init__(self, settings: ImagesSettings, task_definition: str, ecr: Ecr) -> None:
        self._settings = settings
        self._task_definition = task_definition
        self._ecr = ecr
        self._now = datetime.fromtimestamp(clock.now(), UTC)
        self._task: Task | Remark | None = None
        self.details: dict[str, dict[str, Any]] = {}

    def judge(self, subjects: Sequence[Subject]) -> dict[str, list[Remark]]:
        """Return what there is to say of each container's image."""
        settings = self._settings
        platforms = settings.architecture or settings.scan is not None
        found = look_up(self._ecr, subjects, platforms=platforms) if settings.asks_ecr else {}
        return {each.container: self._one(each, found.get(each.container)) for each in subjects}

    def _one(self, subject: Subject, found: Found | Missing | Withheld | Remark | None) -> list[Remark]:
        remarks = judge_name(self._settings, subject)
        match found:
            case None:
                return remarks + self._not_asked(subject)
            case Remark():
                return [*remarks, found]
            case Withheld(remark):
                return [*remarks, remark if self._is_owed(subject) else told(f"not looked up: {remark.text}")]
            case Missing(text):
                settings = self._settings
                needed = settings.exists or settings.wants_ecr or settings.pinned == "tag"
                return [*remarks, failed(text) if needed else told(text)]
        image = found.image
        self.details[subject.container] = {"ecr_digest": image.digest, "pushed_at": image.pushed_at.isoformat()}
        if image.status not in ("", "ACTIVE"):
            remarks.append(_not_pullable(subject, image.status))
        rules = (self._moved, self._age, self._architecture, self._scan, self._signature)
        return remarks + [remark for rule in rules for remark in rule(subject, found)]

    def _is_owed(self, subject: Subject) -> bool:
        """Tell whether an image has to be looked up: it is this account's own, or a rule was asked for that needs it."""
        settings, own = self._settings, self._task_definition.split(":")[4:5]
        foreign = subject.reference.ecr is not None and [subject.reference.ecr.account] != own
        return not foreign or bool(settings.wants_ecr) or settings.pinned == "tag"

    def _not_asked(self, subject: Subject) -> list[Remark]:
        """Say what nobody but a private ECR repository could have told."""
        settings = self._settings
        if not settings.asks_ecr:
            return []
        where = "in no private ECR repository"
        if not settings.wants_ecr:
            return [told(f"not looked up, because it is {where}")]
        cure = "copy it into one (a pull-through cache does), or leave the container out with ignore_containers"
        return [
            failed(f"{subject.reference} is {where}, so that {', '.join(settings.wants_ecr)} cannot be told; {cure}")
        ]

    def _moved(self, subject: Subject, found: Found) -> list[Remark]:
        if subject.tag is None or subject.digest is None or (found.named is not None and not found.has_moved):
            return []
        now = f"names {short(found.named.digest)} now" if found.named else "is gone"
        text = f"the tag {subject.tag} of {subject.reference.repository} {now}, and ECS runs {short(subject.digest)}"
        if subject.reference.digest is not None:
            return [told(text, quiet=True)]  # the digest that is written beside the tag is what counts
        if self._settings.pinned == "tag":
            return [failed(f"{text}; deploy again, and make the repository's tags immutable")]
        return [told(text)]

    def _age(self, subject: Subject, found: Found) -> list[Remark]:
        most = self._settings.max_age
        if most is None:
            return []
        age = (self._now - found.image.pushed_at).total_seconds()
        if age <= most:
            return []
        pushed = f"{subject.reference} was pushed {_long(age)} ago ({found.image.pushed_at:%Y-%m-%d})"
        return [failed(f"{pushed}, and max_age is {_long(most)}; build it anew")]

    def _architecture(self, subject: Subject, found: Found) -> list[Remark]:
        if not self._settings.architecture:
            return []
        if found.index is None:
            return [
                told("the manifest of one platform does not say which; its architecture was not looked at", quiet=True)
            ]
        if not found.entries:
            return [
                failed(f"{subject.reference} is an index without images, so that tasks cannot start; push an image")
            ]
        built = sorted({str(entry.platform) for entry in found.entries if entry.platform})
        self.details[subject.container]["platforms"] = built
        task = self._find_task()
        if isinstance(task, Remark):
            return [task]
        if task.platform is None or not built:
            why = "its index" if task.platform else f"the task definition {task.name}"
            return [told(f"{why} names no platform; its architecture was not looked at", quiet=True)]
        if _fitting(found.entries, task.platform):
            return []
        wanted = f"the task definition {task.name} asks for {task.platform}"
        cure = f"build it for {task.platform}, or correct runtimePlatform"
        return [failed(f"{subject.reference} is built for {', '.join(built)}, and {wanted}; {cure}")]

    def _scan(self, subject: Subject, found: Found) -> list[Remark]:
        settings = self._settings.scan
        if settings is None:
            return []
        digests = self._scanned(found)
        if isinstance(digests, Remark):
            return [digests]
        if not digests:
            return [
                failed(f"the index of {subject.reference} has no image that fits the task, so there is none to scan")
            ]
        return [self._scan_one(subject, found.repository, digest, settings) for digest in digests]

    def _scanned(self, found: Found) -> list[str] | Remark:
        """Return the digests whose scans count: ECR scans the images of an index, never the index itself.

        https://github.com/aws/containers-roadmap/issues/1683
        """
        if found.index is None:
            return [found.image.digest]
        task = self._find_task()
        if isinstance(task, Remark):
            return task
        fitting = _fitting(found.entries, task.platform) if task.platform else found.entries
        return [entry.digest for entry in fitting]

    def _scan_one(self, subject: Subject, repository: Repository, digest: str, settings: ScanSettings) -> Remark:
        image = str(subject.reference)
        try:
            with aws.in_words("ecr:DescribeImageScanFindings"):
                scan = read_scan(self._ecr.scan(repository, digest))
        except aws.AwsError as error:
            if error.code == _SCAN_NOT_FOUND:
                return waiting(f"there is no scan of {image} ({short(digest)}) yet; turn on scan on push in ECR")
            return of_error(error)
        today = self._now.date()
        self.details[subject.container].setdefault("scans", []).append(
            {"digest": digest, **scan_details(scan, settings, today)}
        )
        return judge_scan(scan, settings, today, image)

    def _signature(self, subject: Subject, found: Found) -> list[Remark]:
        if self._settings.signature is None:
            return []
        digests = dict.fromkeys([found.image.digest, *([found.index] if found.index else [])])
        kind = _or_remark(lambda: find_signature(self._ecr, found.repository, digests))
        if isinstance(kind, Remark):
            return [kind]
        if kind is not None:
            self.details[subject.container]["signature"] = kind
            return [told(f"a {kind} signature of {subject.reference} is there; nobody verified it", quiet=True)]
        text = f"{subject.reference} ({short(found.image.digest)}) has no signature in its repository"
        if (self._now - found.image.pushed_at).total_seconds() < _SIGNING_SECONDS:
            return [waiting(f"{text} yet; it was pushed only now")]
        return [failed(f"{text}; sign it with Notation, Cosign or ECR's managed signing")]

    def _find_task(self) -> Task | Remark:
        if self._task is None:
            self._task = _or_remark(lambda: find_task(self._task_definition))
        return self._task


def _not_pullable(subject: Subject, status: str) -> Remark:
    """Say why an image that is there cannot be pulled: https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html."""
    text = f"{subject.reference} is {status}, so that tasks cannot pull it"
    return waiting(text) if status == "ACTIVATING" else failed(f"{text}; restore it, or push it again")


def _or_remark(ask: Callable[[], T]) -> T | Remark:
    try:
        return ask()
    except aws.AwsError as error:
        return of_error(error)


def _fitting(entries: Sequence[Entry], platform: Platform) -> list[Entry]:
    return [entry for entry in entries if entry.platform is None or entry.platform == platform]


def _long(seconds: float) -> str:
    """Write a time as people do, in days where there are some."""
    days = int(seconds // _DAY)
    if days == 0:
        return duration_text(seconds)
    return f"{days} day{'s' if days > 1 else ''}"

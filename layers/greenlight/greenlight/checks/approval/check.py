"""Asks people, and waits for what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from greenlight import aws, clock
from greenlight.checks.approval import commands
from greenlight.checks.approval.evidence import gather
from greenlight.checks.approval.settings import ApprovalSettings
from greenlight.checks.approval.telling import person, told
from greenlight.checks.base import CheckContext
from greenlight.checks.moments import span, utc
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import DeploymentError
from greenlight.documents import duration_text
from greenlight.record import Approval, ApprovalState, Table, Waited, approvals
from greenlight.record.approvals import OTHERWISE

MARGIN_SECONDS: Final = 180.0
"""How long before ECS gives up nobody is waited for any more: ECS has to call once more, and to be answered."""

_FIRST_WAIT_SECONDS, _LAST_WAIT_SECONDS = 10.0, 60.0
_WAIT_SHARE: Final = 10
_EXPIRES, _ERRORS = "expires_at", "errors"
_FIRST_PATIENCE_SECONDS, _PATIENCE, _LAST_PATIENCE = 15.0, 4, 2
"""15 s, 1 min, 4 min: with the gate's four errors in a row more than five minutes of trouble with the record are borne."""


_NO_RECORD: Final = (
    "nobody can be asked, because there is no record to keep a decision in, expected a table; deploy Greenlight with "
    "`RecordRetentionDays` of at least 1, or with `ApprovalHook` PAUSE instead of this check"
)


@dataclass(frozen=True)
class ApprovalCheck:
    """A question to people, ready to be asked."""

    kind: ClassVar[str] = "approval"
    settings: ApprovalSettings

    def skip_on_create(self) -> str | None:
        """There is nobody yet who could be harmed."""
        return "nobody uses the service yet"

    def run(self, context: CheckContext) -> CheckResult:
        """Ask people once a deployment, and tell how the question stands."""
        if self.settings.dry_run:
            return CheckResult(Outcome.SKIPPED, "dry_run: nobody is asked, because nobody's answer would count")
        if context.record is None:
            return CheckResult(Outcome.FAILED, _NO_RECORD)
        try:
            return self._ask(context, context.record)
        except aws.AwsError as error:
            return self._unknown(context, str(error), Outcome.ERROR)
        except DeploymentError as error:
            problem = f"people cannot be told what changes: {error}"
            return self._unknown(context, problem, Outcome.ERROR if error.transient else Outcome.FAILED)

    @property
    def _name(self) -> str:
        return self.settings.name or self.kind

    def _ask(self, context: CheckContext, table: Table) -> CheckResult:
        deployment = context.deployment.deployment_arn.rpartition("/")[2]
        found, is_new = approvals.find(table, deployment, self._name), False
        if found is None:
            expires_at = self._expires_at(context)
            if expires_at <= clock.now():
                problem = "nobody was asked, because ECS gives up on this hook before anybody could answer"
                return CheckResult(Outcome.INCONCLUSIVE, problem, until=expires_at)
            question = self._question(context, deployment, expires_at)
            found, is_new = approvals.request(table, question)
        return self._answer(context, table, found, is_new=is_new)

    def _question(self, context: CheckContext, deployment: str, expires_at: float) -> Approval:
        return Approval(
            deployment=deployment,
            name=self._name,
            deployment_arn=context.deployment.deployment_arn,
            service=context.service,
            green=context.deployment.green_arn,
            stage=context.stage,
            requested_at=clock.now(),
            expires_at=expires_at,
            needed=self.settings.approvers,
            evidence={**gather(context, self.settings.message), **self._otherwise()},
        )

    def _otherwise(self) -> dict[str, Any]:
        """Tell people what becomes of the deployment without them, where it does not go back."""
        if self.settings.blocking and self.settings.on_timeout == "fail":
            return {}
        return {OTHERWISE: "goes on"}

    def _answer(self, context: CheckContext, table: Table, found: Approval, *, is_new: bool) -> CheckResult:
        if (found.green, found.deployment_arn) != (context.deployment.green_arn, context.deployment.deployment_arn):
            return CheckResult(Outcome.FAILED, _foreign(found, context), details=_details(table, found))
        if found.needed < self.settings.approvers and found.state is not ApprovalState.REJECTED:
            return CheckResult(Outcome.FAILED, _too_few(found, self.settings.approvers), details=_details(table, found))
        last = min(found.expires_at, self._last_moment(context))
        # Where this hook's time is over before the question's, nobody must approve what ECS does not wait for any more.
        if found.state is ApprovalState.OPEN and last <= clock.now():
            found = approvals.close(table, found, Waited.EXPIRED)
        match found.state:
            case ApprovalState.APPROVED:
                return CheckResult(Outcome.PASSED, _approved(found, context), details=_details(table, found))
            case ApprovalState.REJECTED:
                no = next((each for each in found.decisions if not each.approves), None)
                by = f"rejected by {told(no)}" if no else "rejected, and the record does not say by whom"
                return CheckResult(Outcome.FAILED, f"{by}; {_what(found)} expected", details=_details(table, found))
            case ApprovalState.CLOSED if found.closed != Waited.EXPIRED:
                summary = f"nobody can decide any more: {found.closed}, expected {_what(found)}; deploy again"
                return CheckResult(Outcome.FAILED, summary, details=_details(table, found))
            case ApprovalState.CLOSED:
                return self._nobody(table, found)
        return self._waiting(table, found, last, is_new=is_new)

    def _waiting(self, table: Table, found: Approval, last: float, *, is_new: bool) -> CheckResult:
        now = clock.now()
        return CheckResult(
            Outcome.INCONCLUSIVE,
            _asked(found, last, now),
            retry_after=_wait(now - found.requested_at, last - now),
            details=_details(table, found, is_new=is_new),
            memory={_EXPIRES: last},
            until=last,
        )

    def _nobody(self, table: Table, found: Approval) -> CheckResult:
        until = min(found.expires_at, clock.now())
        waited = duration_text(max(1.0, round(until - found.requested_at)))
        had = f"; {found.approvals} of {found.needed} approvals had come" if found.approvals else ""
        return CheckResult(
            Outcome.INCONCLUSIVE,
            f"nobody decided about {_release(found)} within {waited} (until {utc(until)}), expected {_what(found)}{had}",
            details=_details(table, found),
            memory={_EXPIRES: until},
            until=until,
        )

    def _unknown(self, context: CheckContext, problem: str, outcome: Outcome) -> CheckResult:
        """Answer where the record does not; the question's own time goes on, whatever the gate's deadline is."""
        remembered, before = context.memory.get(_EXPIRES), context.memory.get(_ERRORS)
        if not isinstance(remembered, int | float):
            until = self._expires_at(context)
            return CheckResult(outcome, problem, memory={_EXPIRES: until}, until=until)
        # People are at it for hours; a few minutes of trouble with the record must not undo what they are about to decide.
        errors = before + 1 if isinstance(before, int) and before > 0 else 1
        wait = min(
            _FIRST_PATIENCE_SECONDS * _PATIENCE ** min(errors - 1, _LAST_PATIENCE), max(remembered - clock.now(), 1.0)
        )
        memory = {_EXPIRES: float(remembered), _ERRORS: errors}
        return CheckResult(outcome, problem, retry_after=wait, memory=memory, until=float(remembered))

    def _expires_at(self, context: CheckContext) -> float:
        return min(clock.now() + self.settings.timeout, self._last_moment(context))

    def _last_moment(self, context: CheckContext) -> float:
        """Return until when an answer can still be handed to ECS."""
        return float("inf") if context.hook_expires_at is None else context.hook_expires_at - MARGIN_SECONDS


def _wait(asked_for: float, left: float) -> float:
    """Return after how many seconds to look again: soon while the question is fresh, and when it expires at last."""
    wait = max(_FIRST_WAIT_SECONDS, min(asked_for / _WAIT_SHARE, _LAST_WAIT_SECONDS))
    return min(wait, max(left, 1.0))


def _what(found: Approval) -> str:
    """Say what is asked for."""
    return "an approval" if found.needed == 1 else f"{found.needed} approvals"


def _release(found: Approval) -> str:
    """Return what people call green."""
    return str(found.evidence.get("release") or found.green.rpartition("/")[2])


def _asked(found: Approval, last: float, now: float) -> str:
    people = "somebody" if found.needed == 1 else f"{found.needed} people"
    had = "".join(f", by {person(each.who)}" for each in found.decisions)
    how = f"{found.approvals} of {found.needed} approvals{had}"
    return (
        f"{people} asked to approve {_release(found)} for {found.service or 'the service'}, until {utc(last)} ({span(last - now)}): "
        f'{how}; greenlight approve {found.deployment} --comment "…", or reject'
    )


def _approved(found: Approval, context: CheckContext) -> str:
    by = ", ".join(told(each) for each in found.decisions if each.approves)
    earlier = (found.stage, found.evidence.get("step", "")) != (context.stage, context.step)
    asked = (
        f"; asked once for this deployment, at {_place(found.stage, found.evidence.get('step', ''))}" if earlier else ""
    )
    return f"approved by {by}{asked}"


def _place(stage: str, step: str) -> str:
    return f"{stage} {step}" if step else stage


def _foreign(found: Approval, context: CheckContext) -> str:
    return (
        f"the record's answer is about revision {_path(found.green)} of deployment {_path(found.deployment_arn)}, expected "
        f"revision {_path(context.deployment.green_arn)} of deployment {_path(context.deployment.deployment_arn)}; it decides "
        "nothing here, deploy again"
    )


def _too_few(found: Approval, expected: int) -> str:
    """Say that a question which asks fewer people than this check does cannot answer it."""
    return (
        f"{found.name} was asked of {found.needed} at {_place(found.stage, found.evidence.get('step', ''))}, expected {expected} "
        "approvals: another stage asks under the same name, or the gates file was changed since; give this check a `name` of its "
        "own, and deploy again"
    )


def _path(arn: str) -> str:
    return arn.partition("/")[2] or arn


def _details(table: Table, found: Approval, *, is_new: bool = False) -> Mapping[str, Any]:
    """Return what a notification, the log and the report need to know."""
    is_open = found.state is ApprovalState.OPEN
    return {
        "approval": {
            "name": found.name,
            "state": str(found.state),
            "needed": found.needed,
            "approvals": found.approvals,
            "requested_at": found.requested_at,
            "expires_at": found.expires_at,
            "message": found.evidence.get("message", ""),
            "changes": found.evidence.get("changes") or [],
            "decisions": [
                {"who": each.who, "approves": each.approves, "at": each.at, "comment": each.comment, "via": each.via}
                for each in found.decisions
            ],
            "commands": commands.all_of(table, found) if is_open else [],
            "is_new": is_new,
        }
    }

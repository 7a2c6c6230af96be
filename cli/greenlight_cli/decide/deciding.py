"""Making a decision: in the record, or at ECS itself. Nothing here talks to a terminal."""

from contextlib import suppress
from dataclasses import dataclass

from greenlight import aws, clock
from greenlight.record import Approval, ApprovalState, Decision, DecisionRefusedError, Table, approvals
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.decide import pauses
from greenlight_cli.decide.errors import RefusedError, UncertainError
from greenlight_cli.decide.question import Question

VIA = "greenlight"
"""How a decision was told, in the record."""


@dataclass(frozen=True)
class Decided:
    """What came of a decision.

    Attributes:
        sentence: What holds now.
        remarks: What did not work besides.
    """

    sentence: str
    remarks: tuple[str, ...] = ()


def who_decides(account: Account) -> str:
    """Return the caller as AWS knows them: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.

    Raises:
        AwsError: When AWS does not say.
    """
    return str(account.call("sts", "get_caller_identity")["Arn"])


def decision_of(who: str, *, approves: bool, comment: str) -> Decision:
    """Return a decision that is made now."""
    return Decision(who=who, approves=approves, at=clock.now(), comment=comment, via=VIA)


def refuse_early(question: Question, decision: Decision) -> None:
    """Tell before anybody is bothered that a decision would not count.

    Raises:
        RefusedError: When it would not.
    """
    why = approvals.refusal(question.approval, decision) if question.approval else None
    if why is not None:
        raise RefusedError(why)


def decide(account: Account, question: Question, decision: Decision) -> Decided:
    """Make a decision, and say what holds then.

    Args:
        account: Whose permissions count.
        question: What is decided.
        decision: The decision.

    Raises:
        RefusedError: When it does not count.
        UncertainError: When nobody knows whether it was made.
        AwsError: When AWS did not answer, and nothing was decided.
    """
    if question.pause is not None:
        return _at_pause(account, question, question.pause, decision)
    if question.approval is None or question.waiting.table is None:
        raise TypeError(question)
    return Decided(_sentence(_in_record(question.waiting.table, question.approval, decision), decision))


def _in_record(table: Table, approval: Approval, decision: Decision) -> Approval:
    try:
        return approvals.decide(table, approval, decision)
    except DecisionRefusedError as error:
        raise RefusedError(str(error)) from error
    except aws.AwsError as error:
        found = _read_back(table, approval, error)
        if found is not None and decision in found.decisions:
            return found
        raise


def _read_back(table: Table, approval: Approval, cause: aws.AwsError) -> Approval | None:
    """Look at what the record says after a call that came to nothing; None where the cause says that nothing was written."""
    with suppress(aws.AwsError):  # the cause is told instead
        found = approvals.find(table, approval.deployment, approval.name)
        if found is not None:
            return found
    if isinstance(cause, aws.AwsUnreachableError):
        raise UncertainError(
            f"it is not known whether the decision was written down: {in_words(cause)}. Repeat the command: where it was, it "
            "is told so"
        )
    return None


def _sentence(found: Approval, decision: Decision) -> str:
    if not decision.approves:
        return f"rejected: {found.name} of deployment {found.deployment}; its gate hears of it when ECS calls again, within a minute"
    had = f"{found.approvals} of {found.needed} approvals"
    if found.state is ApprovalState.APPROVED:
        return f"approved: {had} for {found.name} of deployment {found.deployment}; its gate hears of it when ECS calls again, within a minute"
    missing = found.needed - found.approvals
    return (
        f"approved: {had} for {found.name} of deployment {found.deployment}; {missing} more of other people are needed"
    )


def _at_pause(account: Account, question: Question, pause: pauses.Pause, decision: Decision) -> Decided:
    waiting = question.waiting
    pauses.answer(account, waiting.arn, pause, approves=decision.approves)
    sentence = (
        f"approved: ECS goes on with deployment {waiting.id}"
        if decision.approves
        else f"rejected: ECS rolls deployment {waiting.id} back"
    )
    if waiting.table is None:
        return Decided(sentence)
    asked = Approval(
        deployment=waiting.id,
        name=pauses.NAME,
        deployment_arn=waiting.arn,
        service=waiting.service,
        green=waiting.green,
        stage=str((waiting.ecs or {}).get("lifecycleStage") or ""),
        requested_at=decision.at,
        expires_at=decision.at,
    )
    try:
        pauses.write_down(waiting.table, asked, pause, decision)
    except aws.AwsError as error:
        return Decided(sentence, (f"the record does not know of it: {in_words(error)}",))
    except DecisionRefusedError as error:
        return Decided(sentence, (f"the record says something else: {error}",))
    return Decided(sentence)

"""From a command line to an end: what waits is shown, the person is asked, and the decision is made."""

import click

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.decide import deciding
from greenlight_cli.decide.errors import RefusedError, UncertainError
from greenlight_cli.decide.question import choose, look
from greenlight_cli.decide.showing import lines_of
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError


def run(
    account: Account,
    deployment: str,
    *,
    approves: bool,
    comment: str,
    name: str | None,
    cluster: str | None,
    ask: bool,
) -> Ending:
    """Decide about a deployment, and tell what came of it.

    Args:
        account: Where to look, and whose permissions count.
        deployment: What the person calls it.
        approves: Whether to approve.
        comment: Why.
        name: Which of several decisions.
        cluster: The cluster, where the deployment is named by its service.
        ask: Whether to ask the person once more.

    Raises:
        CannotRunError: When it could not be decided, and nothing was changed; or nobody knows.
    """
    try:
        account, waiting = look(account, deployment, cluster)
        question = choose(waiting, name)
        for remark in waiting.remarks:
            click.echo(f"greenlight: {remark}", err=True)
        decision = deciding.decision_of(deciding.who_decides(account), approves=approves, comment=comment)
        deciding.refuse_early(question, decision)
        for line in lines_of(question, decision):
            click.echo(line)
        verb = "Approve" if approves else "Reject"
        if ask and not click.confirm(f"{verb} this deployment?", default=False):
            click.echo("nothing was decided")
            return Ending.FAILED
        # A person may have thought for hours.
        decision = deciding.decision_of(decision.who, approves=approves, comment=comment)
        decided = deciding.decide(account, question, decision)
    except RefusedError as error:
        click.echo(f"greenlight: refused: {error}", err=True)
        return Ending.FAILED
    except UncertainError as error:
        raise CannotRunError([str(error)]) from error
    except aws.AwsError as error:
        raise CannotRunError([f"nothing was decided: {in_words(error)}"]) from error
    click.echo(decided.sentence)
    for remark in decided.remarks:
        click.echo(f"greenlight: {remark}", err=True)
    return Ending.PASSED

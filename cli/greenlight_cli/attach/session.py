"""From a command line to hooks that are attached, or taken away."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.account.stack import Stack, read_stack
from greenlight_cli.attach.applying import apply
from greenlight_cli.attach.managed import look_at_owner, remarks_of_owner
from greenlight_cli.attach.merging import Merge, Wish, attach, detach
from greenlight_cli.attach.showing import show_merge
from greenlight_cli.doctor.examining import examine
from greenlight_cli.doctor.finding import Finding, Level
from greenlight_cli.doctor.hook import AWS_LAMBDA, MOST_OF_A_KIND, PAUSE, hook_of, read_hooks
from greenlight_cli.doctor.service import find_service
from greenlight_cli.doctor.session import take_region
from greenlight_cli.doctor.showing import show_findings
from greenlight_cli.doctor.subject import Subject
from greenlight_cli.ending import Ending
from greenlight_cli.errors import CannotRunError
from greenlight_cli.locations import check_gates
from greenlight_cli.run.view.screen import Screen, open_screen

_NO_DEPLOYMENT = "this starts no deployment: the next one is the first"


@dataclass(frozen=True)
class Manner:
    """How far to go.

    Attributes:
        dry_run: Whether to change nothing.
        yes: Whether the person has agreed already.
        force: Whether to go on in spite of errors.
    """

    dry_run: bool
    yes: bool
    force: bool = False


def run_attach(account: Account, service: str, *, cluster: str | None, wish: Wish, manner: Manner) -> Ending:
    """Attach Greenlight's hooks to a service.

    Args:
        account: Where to look, and whose permissions count.
        service: What the person calls it.
        cluster: The cluster, where the service is a name alone.
        wish: How the hooks are wanted.
        manner: How far to go.

    Raises:
        CannotRunError: When it cannot be done, and nothing was changed; or nobody knows.
    """
    check_gates(wish.gates)
    account, found, stack = _surroundings(account, service, cluster)
    merge = attach(read_hooks(found, stack), stack, wish)
    _refuse_too_many(merge, stack)
    screen = open_screen(sys.stdout, os.environ, no_color=False)
    _head(screen, found, merge)
    if not merge.changes_something:
        screen.line(f"nothing to change: the hooks of stack {stack.name} are attached as wanted")
        return Ending.PASSED
    subject = Subject(account, _intended(found, merge), stack)
    findings = [*look_at_owner(subject), *examine(subject)]
    show_findings(screen, [each for each in findings if each.level is not Level.OK])
    refused = _refused(screen, findings, manner)
    if refused or manner.dry_run:
        screen.line("nothing was changed" + (", as asked (--dry-run)" if manner.dry_run else ""))
        return Ending.FAILED if refused else Ending.PASSED
    if not _agreed(manner, f"Attach them to {found['serviceName']}?"):
        screen.line("nothing was changed")
        return Ending.FAILED
    apply(account, found, merge.records)
    screen.line(f"attached to {found['serviceName']}; {_NO_DEPLOYMENT} that the gates guard")
    return Ending.PASSED


def run_detach(account: Account, service: str, *, cluster: str | None, manner: Manner) -> Ending:
    """Take Greenlight's hooks away from a service.

    Args:
        account: Where to look, and whose permissions count.
        service: What the person calls it.
        cluster: The cluster, where the service is a name alone.
        manner: How far to go.

    Raises:
        CannotRunError: When it cannot be done, and nothing was changed; or nobody knows.
    """
    account, found, stack = _surroundings(account, service, cluster)
    merge = detach(read_hooks(found, stack), stack)
    screen = open_screen(sys.stdout, os.environ, no_color=False)
    _head(screen, found, merge)
    if not merge.changes_something:
        screen.line(f"nothing to change: no hook of stack {stack.name} is attached")
        return Ending.PASSED
    subject = Subject(account, found, stack)
    for remark in (*remarks_of_owner(subject), *_remarks_of_deployment(subject)):
        screen.line(f"remark: {remark}")
    if manner.dry_run:
        screen.line("nothing was changed, as asked (--dry-run)")
        return Ending.PASSED
    if not _agreed(manner, f"Take them away from {found['serviceName']}, so that no gate guards it?"):
        screen.line("nothing was changed")
        return Ending.FAILED
    apply(account, found, merge.records)
    screen.line(f"detached from {found['serviceName']}; {_NO_DEPLOYMENT} without Greenlight's gates")
    return Ending.PASSED


def _surroundings(account: Account, service: str, cluster: str | None) -> tuple[Account, dict[str, Any], Stack]:
    try:
        account, found = find_service(account, service, cluster)
        take_region(account)
        return account, found, read_stack(account)
    except aws.AwsError as trouble:
        raise CannotRunError([f"nothing was changed: {in_words(trouble)}"]) from trouble


def _remarks_of_deployment(subject: Subject) -> Iterator[str]:
    try:
        under_way = subject.under_way()
    except aws.AwsError as trouble:
        yield f"whether a deployment is under way could not be looked at: {in_words(trouble)}"
        return
    if under_way:
        yield f"a deployment is under way ({under_way.rpartition('/')[2]}), and AWS does not say by which hooks it goes on"


def _intended(service: Mapping[str, Any], merge: Merge) -> dict[str, Any]:
    configuration = {**(service.get("deploymentConfiguration") or {}), "lifecycleHooks": merge.records}
    return {**service, "deploymentConfiguration": configuration}


def _head(screen: Screen, service: Mapping[str, Any], merge: Merge) -> None:
    screen.line(f"service {service['serviceArn']}")
    show_merge(screen, merge)
    for remark in merge.remarks:
        screen.line(f"remark: {remark}")


def _refuse_too_many(merge: Merge, stack: Stack) -> None:
    hooks = [hook_of(record, stack) for record in merge.records]
    for kind in (AWS_LAMBDA, PAUSE):
        count = sum(hook.kind == kind for hook in hooks)
        if count > MOST_OF_A_KIND:
            problem = (
                f"nothing was changed: the service would have {count} {kind} hooks, and ECS takes {MOST_OF_A_KIND}"
            )
            raise CannotRunError([f"{problem}; attach fewer with --stages, or take others out"])


def _refused(screen: Screen, findings: list[Finding], manner: Manner) -> bool:
    errors = sum(finding.level is Level.ERROR for finding in findings)
    if not errors:
        return False
    word = f"{errors} error{'' if errors == 1 else 's'}"
    if manner.force:
        screen.line(f"{word}, and the next deployment may fail for them; going on all the same (--force)")
        return False
    screen.line(f"refused for {word}; mend them and attach again, or attach with --force")
    return True


def _agreed(manner: Manner, question: str) -> bool:
    if manner.yes:
        return True
    if not sys.stdin.isatty():
        raise CannotRunError(["nothing was changed: nobody is there to be asked; agree beforehand with --yes"])
    return click.confirm(question, default=False)

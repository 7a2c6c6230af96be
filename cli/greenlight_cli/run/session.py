"""From options to an end: the plan, the run, what is shown of it, and the reports."""

import sys
from collections.abc import Mapping

from greenlight.reports.document import Facts, of_suite
from greenlight_cli.ending import Ending, ending_of
from greenlight_cli.run import report_files
from greenlight_cli.run.options import RunOptions
from greenlight_cli.run.plan import Plan, make_plan
from greenlight_cli.run.running import Run, carry_out
from greenlight_cli.run.view.failures import BLEMISHES, FAILURES, show_failures
from greenlight_cli.run.view.progress import Bar, Lines, Silent, Watcher
from greenlight_cli.run.view.screen import Screen, open_screen
from greenlight_cli.run.view.table import show_table
from greenlight_cli.run.view.verdict import show_verdict


def play(options: RunOptions, environment: Mapping[str, str]) -> Ending:
    """Run a suite and tell what came of it.

    Args:
        options: What is asked for.
        environment: Of this process.

    Raises:
        CannotRunError: When it could not be run, with everything that stands in the way.
    """
    plan = make_plan(options, environment)
    progress = open_screen(sys.stderr, environment, no_color=options.no_color)
    run = carry_out(plan, _watcher(plan, progress))
    taken = report_files.STANDARD_OUTPUT in options.reports.values()
    show(run, progress if taken else open_screen(sys.stdout, environment, no_color=options.no_color), options)
    if options.reports:
        facts = Facts(
            invoked_by="greenlight run",
            suite=options.suite,
            url=plan.endpoint.url,
            blue_url=plan.blue.url if plan.blue else None,
        )
        report_files.write(options.reports, of_suite(run.result, facts))
    return Ending.INTERRUPTED if run.interrupted else ending_of(run.result.outcome)


def _watcher(plan: Plan, screen: Screen) -> Watcher:
    if plan.options.quiet:
        return Silent()
    total = len(plan.tests) + (plan.suite.identity is not None) + bool(plan.suite.setup)
    return Lines(screen, total) if screen.plain or not screen.terminal else Bar(screen, total)


def show(run: Run, screen: Screen, options: RunOptions) -> None:
    """Show what came of a run.

    Args:
        run: What came of it.
        screen: Where to.
        options: What was asked for.
    """
    if not options.quiet:
        show_table(run.result, screen)
        screen.line("")
    show_failures(run.result, screen, FAILURES if options.quiet else BLEMISHES)
    show_verdict(run.result, screen, interrupted=run.interrupted)
    screen.console.file.flush()

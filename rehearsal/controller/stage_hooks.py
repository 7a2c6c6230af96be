"""All hooks of a stage, side by side."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from rehearsal.controller.hook_execution import End, HookExecution, HookOutcome, HookState, StageRun
from rehearsal.controller.hooks import AWS_LAMBDA, PAUSE
from rehearsal.controller.lambda_hook import LambdaHook
from rehearsal.controller.pause_hook import PauseHook

_EXECUTIONS: dict[str, type[HookExecution]] = {AWS_LAMBDA: LambdaHook, PAUSE: PauseHook}


def run_hooks(states: Sequence[HookState], run: StageRun) -> HookOutcome:
    """Ask all hooks of a stage at once and return the outcome of the stage.

    One failure fails the stage: the other hooks finish the invocation they are in and are not asked again.

    Args:
        states: The hooks that are registered at the stage.
        run: What they share.
    """
    if not states:
        return HookOutcome(End.PASSED)
    failed = threading.Event()
    shared = replace(run, over=lambda: failed.is_set() or run.over())
    with ThreadPoolExecutor(max_workers=len(states)) as pool:
        futures = [
            pool.submit(_watched, _EXECUTIONS[state.hook.target_type](state, shared).execute, failed)
            for state in states
        ]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            failed.set()  # or the pool would wait for hooks that nobody asks for any more
            raise
    return max(outcomes, key=lambda outcome: (outcome.end is End.FAILED, outcome.end is End.ABANDONED))


def _watched(execute: Callable[[], HookOutcome], failed: threading.Event) -> HookOutcome:
    outcome = execute()
    if outcome.end is End.FAILED:
        failed.set()
    return outcome

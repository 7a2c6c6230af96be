"""Actors that take turns at their calls of AWS, in an order that a test chooses: every interleaving can be played again."""

import threading
from contextvars import ContextVar, copy_context

from greenlight import aws
from greenlight.bounded import Task

_SECONDS = 60.0
_PATIENCE_SECONDS = 120.0
_actor = ContextVar("_actor", default=None)


class KilledError(BaseException):
    """Raised in an actor that was stopped at a call of AWS, when everything is over."""


class _Actor:
    """One of them: at work, waiting for its turn, or at its end."""

    def __init__(self, turns, work):
        self.turns, self.work = turns, work
        self.state = "at work"
        self.killed = False
        self.result = None
        self.thread = threading.Thread(target=copy_context().run, args=(self._run,), daemon=True)

    def _run(self):
        _actor.set(self)
        try:
            self.result = self.work()
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.result = error
        finally:
            self.turns.set_state(self, "at its end")

    def wait(self):
        """Wait for the turn."""
        self.turns.set_state(self, "waiting")
        with self.turns.changed:
            self.turns.changed.wait_for(lambda: self.state == "at work" or self.killed, _SECONDS)
        if self.killed:
            raise KilledError


class Turns:
    """Lets one actor at a time go on to its next call of AWS.

    Args:
        choose: Takes how many actors wait, and returns the index of the one whose turn it is.
        kill: Takes nothing, and tells whether the one whose turn it is stops here for ever.
    """

    def __init__(self, choose, kill=lambda: False):
        self.choose, self.kill = choose, kill
        self.changed = threading.Condition()

    def set_state(self, actor, state):
        """Say where an actor is."""
        with self.changed:
            actor.state = state
            self.changed.notify_all()

    def play(self, *works):
        """Run actors to their ends, and return what each of them returned or raised; None for one that was killed."""
        actors = [_Actor(self, work) for work in works]
        for actor in actors:
            actor.thread.start()
        killed = []
        try:
            while True:
                with self.changed:
                    settled = self.changed.wait_for(lambda: all(each.state != "at work" for each in actors), _SECONDS)
                assert settled, "an actor neither ended nor called AWS"
                waiting = [actor for actor in actors if actor.state == "waiting" and actor not in killed]
                if not waiting:
                    return [actor.result for actor in actors]
                chosen = waiting[self.choose(len(waiting))]
                if self.kill():
                    killed.append(chosen)
                else:
                    self.set_state(chosen, "at work")
        finally:
            with self.changed:
                for actor in actors:  # also those that still wait where hypothesis gave an example up
                    actor.killed = actor.state != "at its end"
                self.changed.notify_all()
            for actor in actors:
                actor.thread.join(_SECONDS)


def taking_turns(monkeypatch):
    """Let every call of AWS by an actor wait for its turn."""
    call, result = aws.call, Task.result

    def in_turn(*arguments, **parameters):
        actor = _actor.get()
        if actor is not None:
            actor.wait()
        return call(*arguments, **parameters)

    monkeypatch.setattr(aws, "call", in_turn)
    # Whoever waits for a turn on a busy machine must not run out of time: the order is what is played here.
    monkeypatch.setattr(Task, "result", lambda task, seconds: result(task, max(seconds, _PATIENCE_SECONDS)))

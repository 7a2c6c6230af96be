"""How times, checks and weights are written."""

from collections.abc import Mapping

from rehearsal.controller.events import HookAnswered

_TENTH = 0.1


def elapsed(seconds: float) -> str:
    """Write simulated time as ``m:ss`` or ``h:mm:ss``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shares(weights: Mapping[str, float]) -> str:
    """Write who has how much of a listener's traffic."""
    return ", ".join(f"version {version} {percent:g} %" for version, percent in weights.items())


def step(which: tuple[int, int] | None) -> str:
    """Write which step of how many a stage belongs to; nothing where traffic moves at once."""
    return f" (step {which[0]} of {which[1]})" if which else ""


def answer(event: HookAnswered) -> str:
    """Write what a hook answered, with everything there is to know about it."""
    words = [event.status]
    if event.seconds:
        words.append(f"after {event.seconds:.{1 if event.seconds >= _TENTH else 2}f} s")
    if event.delay is not None:
        words.append(f"(asked again in {event.delay:g} s)")
    # Of a single check the reason tells all, and so it does of a gate that passed.
    if len(event.checks) > 1 and event.status != "SUCCEEDED":
        words.append("[" + ", ".join(f"{name} {outcome}" for name, outcome in event.checks.items()) + "]")
    told = event.reason or event.problem
    return " ".join(words) + (f": {one_line(told)}" if told else "")


def one_line(text: str) -> str:
    """Put a text on one line."""
    return " ".join(text.split())

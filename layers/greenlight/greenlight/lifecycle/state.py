"""What is carried from one invocation to the next in ``hookDetails["greenlight"]``.

ECS hands it back only after IN_PROGRESS, maybe not at all, and maybe instead of what was configured; so it is never
needed for an answer to be right, and it never lets anything pass that was not checked in this gate.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from greenlight.checks import SETTLED, CheckName, Outcome
from greenlight.gates import MAX_CHECKS, CheckProgress, HookStatus, Progress, Verdict
from greenlight.lifecycle.event import HookEvent

KEY = "greenlight"
MAX_BYTES = 2048
"""How much state we add to hookDetails; ECS documents no limit, and 4 KB in all has been seen to work."""

_KEPT_STARTS = 32
_MAX_EXECUTION = 64
"""Characters of ECS's identifier of a call that are kept; it is a UUID."""


class _Check(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    outcome: Outcome
    errors: Annotated[int, Field(ge=0)] = 0
    summary: str = ""
    memory: dict[str, Any] = Field(default_factory=dict)
    until: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class _State(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    v: Literal[1]
    gate: str
    file: Annotated[str, Field(max_length=12)]
    since: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    attempt: Annotated[int, Field(ge=1, le=1_000_000)]
    expires: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    load_errors: Annotated[int, Field(ge=0)] = 0
    checks: dict[CheckName, _Check] = Field(default_factory=dict, max_length=MAX_CHECKS + 1)  # routing comes unasked
    shifted: bool = False
    done: Annotated[str, Field(max_length=_MAX_EXECUTION)] | None = None


class WarmMemory:
    """Where gates stand, kept in the function's memory as well.

    It helps where ECS loses what was returned: a gate would start anew at each call, and wait for ever.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._starts: OrderedDict[str, float] = OrderedDict()
        self._states: dict[str, dict[str, Any]] = {}

    def first(self, gate: str, now: float) -> float:
        """Return when a gate was first asked, to the best of this process's knowledge."""
        with self._lock:
            start = self._starts.setdefault(gate, now)
            while len(self._starts) > _KEPT_STARTS:
                gone, _ = self._starts.popitem(last=False)
                self._states.pop(gone, None)
            return start

    def keep(self, gate: str, state: dict[str, Any]) -> None:
        """Keep what was returned to ECS."""
        with self._lock:
            if gate in self._starts:
                self._states[gate] = state

    def state(self, gate: str) -> dict[str, Any] | None:
        """Return what was last returned to ECS; None where this process does not know."""
        with self._lock:
            return self._states.get(gate)

    def forget(self, gate: str) -> None:
        """Drop a gate that has its verdict."""
        with self._lock:
            self._starts.pop(gate, None)
            self._states.pop(gate, None)


def gate_key(event: HookEvent) -> str:
    """Name the gate that an event asks: this deployment, this stage, this step of a canary."""
    parts = [event.deployment_arn, event.green_arn, event.stage]
    weights = [sorted(event.test_weights.items()), sorted(event.production_weights.items())]
    return sha256(json.dumps([parts, weights]).encode()).hexdigest()[:12]


def is_known(event: HookEvent, memory: WarmMemory) -> bool:
    """Tell whether an event or this process's memory has state of its gate."""
    candidates = (_read(event.details.get(KEY)), _read(memory.state(gate_key(event))))
    return any(each and each.gate == gate_key(event) for each in candidates)


def restore(event: HookEvent, memory: WarmMemory, *, now: float, recorded: Mapping[str, Any] | None = None) -> Progress:
    """Read the state out of an event, or out of this process's memory or the record where the event has none.

    State of another deployment, of another step, or that makes no sense, is dropped: the gate starts anew. What passed is
    given again only to the very call that it passed in, so that nothing passes by what an earlier call found.

    Args:
        event: What ECS said.
        memory: This process's.
        now: Seconds since the epoch.
        recorded: The state that the record has of this gate; None where it has none, or was not asked.
    """
    gate = gate_key(event)
    since = memory.first(gate, now)
    candidates = (_read(event.details.get(KEY)), _read(memory.state(gate)), _read(recorded))
    ours = [each for each in candidates if each and each.gate == gate and each.since <= now]
    if not ours:
        return Progress(since)
    state = max(ours, key=lambda each: each.attempt)
    if state.done is not None and not (event.execution_id and state.done == event.execution_id[:_MAX_EXECUTION]):
        # It passed in another call: an earlier step of a canary whose weights ECS does not tell would look the same.
        return Progress(since, attempt=state.attempt + 1, shifted=state.shifted)
    return Progress(
        since=min(since, state.since),
        attempt=state.attempt + 1,
        fingerprint=state.file,
        expires_at=state.expires,
        load_errors=state.load_errors,
        checks={
            name: CheckProgress(check.outcome, check.errors, check.summary, check.memory, check.until)
            for name, check in state.checks.items()
        },
        shifted=state.shifted,
    )


def _read(raw: Any) -> _State | None:
    try:
        # Through JSON, because strict validation takes an outcome's name only from there.
        return _State.model_validate_json(json.dumps(raw))
    except (ValidationError, ValueError, TypeError, RecursionError):
        return None


def store(event: HookEvent, progress: Progress, verdict: Verdict) -> dict[str, Any]:
    """Return the hookDetails for a reply: everything that came, and our state under one key, within MAX_BYTES."""
    checks = {name: _check(check) for name, check in progress.checks.items()}
    state: dict[str, Any] = {
        "v": 1,
        "gate": gate_key(event),
        "file": progress.fingerprint,
        "since": round(progress.since, 3),
        "attempt": progress.attempt,
        "reason": verdict.reason,
        "checks": checks,
    }
    if progress.expires_at is not None:
        state["expires"] = round(progress.expires_at, 3)
    if progress.load_errors:
        state["load_errors"] = progress.load_errors
    if progress.shifted:
        state["shifted"] = True
    if verdict.status is HookStatus.SUCCEEDED:
        state["done"] = event.execution_id[:_MAX_EXECUTION]
    _fit(state)
    return {**event.details, KEY: state}


def _check(check: CheckProgress) -> dict[str, Any]:
    encoded: dict[str, Any] = {"outcome": str(check.outcome)}
    if check.errors:
        encoded["errors"] = check.errors
    if check.summary:
        encoded["summary"] = check.summary
    if check.memory:
        encoded["memory"] = dict(check.memory)
    if check.until is not None and check.outcome not in SETTLED:
        encoded["until"] = round(check.until, 3)
    return encoded


_CUTS: Sequence[tuple[str, int]] = (
    ("summary", 200),
    ("summary", 80),
    ("words", 200),
    ("words", 0),
    ("summary", 0),
    ("reason", 300),
    ("reason", 100),
    ("reason", 20),
)
"""What is given up, in this order, until the state is small enough: all words before any memory, memory before outcomes."""


def _fit(state: dict[str, Any]) -> None:
    checks: Mapping[str, dict[str, Any]] = state["checks"]
    for key, most in _CUTS:
        if _size(state) <= MAX_BYTES:
            return
        if key == "reason":
            state["reason"] = state["reason"][:most]
        for check in checks.values():
            holder = check.get("memory", {}) if key == "words" else check
            if most and isinstance(holder.get(key), str):
                holder[key] = holder[key][:most]
            else:
                holder.pop(key, None)
    while _size(state) > MAX_BYTES and (holders := [check for check in checks.values() if "memory" in check]):
        # A check without its memory starts again, so that as few as possible lose theirs.
        max(holders, key=lambda check: _size(check["memory"])).pop("memory")


def _size(state: Mapping[str, Any]) -> int:
    return len(json.dumps(state).encode())

"""What Lambda calls: it always returns a valid reply, whatever happens.

ECS takes an exception, a time-out or a reply without hookStatus for a failure and tells the operator only
"HookStatus must not be null"; so the reason has to be told here.
"""

import json
import os
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from greenlight.bounded import Task, TimeIsUpError
from greenlight.lifecycle.event import Direction, EventError, parse_event

Handler = Callable[[Any, Any], dict[str, Any]]

_RESERVE_SHARE = 0.2
_MAX_RESERVE_SECONDS = 10.0
_LAST_WORDS_SECONDS = 0.5
_UNKNOWN_TIMEOUT_SECONDS = 60.0
# As in measures, which may be what cannot be imported.
_NAMESPACE, _ERRORS = "Greenlight", "Errors"

_broken: BaseException | None = None
try:
    from greenlight import aws
    from greenlight.lifecycle.invocation import Caller, HookSettings, answer
    from greenlight.lifecycle.putting_back import moved_back
    from greenlight.lifecycle.reporting import Reports
    from greenlight.record import table_of
    from greenlight.telling import channels_of
except KeyboardInterrupt:
    raise
except BaseException as error:  # noqa: BLE001 - wheels for another architecture, a cut layer: ECS needs an answer anyway
    _broken = error


def hook(stage: str) -> Handler:
    """Make the handler of one function.

    Args:
        stage: The lifecycle stage that the function is deployed for.
    """
    broken = _broken
    if broken is None:
        try:
            settings = _settings(stage)
            if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
                aws.warm_up(_services(settings))
        except Exception as error:  # noqa: BLE001 - a function that cannot be imported has no answer for ECS
            broken = error

    def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
        if broken is not None:
            return _last_resort(event, broken)
        try:
            seconds = _seconds(context)
            deadline = time.monotonic() + seconds - _LAST_WORDS_SECONDS
            caller = Caller(str(getattr(context, "invoked_function_arn", "")), deadline)
            # On a thread of its own, so that not even an endless loop keeps the reply from ECS.
            return _plain(Task(lambda: answer(event, settings, caller), f"hook {stage}").result(seconds))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - see the module's docstring
            return _last_resort(event, error)

    return lambda_handler


def _settings(stage: str) -> "HookSettings":
    """Read how the function was deployed, once: in the rehearsal the environment is there only while it is imported."""
    gates, reports = (os.environ.get(name, "").strip() for name in ("GATES", "REPORTS"))
    region = os.environ.get("AWS_REGION", "")
    measured = os.environ.get("METRICS", "").strip() != "off"
    return HookSettings(stage, gates, Reports(reports, region), table_of(os.environ), channels_of(os.environ), measured)


def _services(settings: "HookSettings") -> list[str]:
    """Return the services that every call will ask."""
    locations = (settings.gates, settings.reports.location)
    schemes = [scheme for scheme in ("s3", "ssm") if any(each.startswith(f"{scheme}:") for each in locations)]
    return ["ecs", "elbv2", *schemes, *(["dynamodb"] if settings.record else [])]


def _seconds(context: Any) -> float:
    """Return how long this invocation may work, with time in reserve to reply before Lambda ends it."""
    try:
        left = float(context.get_remaining_time_in_millis()) / 1000
    except (AttributeError, TypeError, ValueError):
        left = _UNKNOWN_TIMEOUT_SECONDS
    return left - min(_MAX_RESERVE_SECONDS, left * _RESERVE_SHARE)


def _plain(reply: dict[str, Any]) -> dict[str, Any]:
    """Return a reply that Lambda can write: half a surrogate pair, which JSON may carry, would cost the whole of it."""
    plain: dict[str, Any] = json.loads(json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace"))
    return plain


def _last_resort(raw: Any, error: BaseException) -> dict[str, Any]:
    """Answer when nothing else did: FAILED, because nothing was checked; a rollback is let through."""
    status, reason = "FAILED", _problem(error)
    names: dict[str, str] = {}
    service = ""
    details: dict[str, Any] = {}
    try:
        event = parse_event(raw)
        names = {"deployment": event.deployment_id, "stage": event.stage, "execution": event.execution_id}
        details, service = dict(event.details), event.service_name
        if event.direction is Direction.ROLLBACK:
            status, reason = "SUCCEEDED", f"the deployment is going back, and nothing stands in its way; but {reason}"
        elif _broken is None and _moved_traffic(details):
            reason = f"{reason}; {moved_back(event, deadline=time.monotonic())}"
    except EventError as event_error:
        reason = f"{reason}; {event_error}"
    line = {
        "timestamp": datetime.now(UTC).isoformat(),  # RFC 3339, or Lambda would take the line for INFO
        "level": "ERROR",
        "message": "verdict",
        "service": "greenlight",
        **names,
        "hook_status": status,
        "reason": reason,
        "exception": traceback.format_exception(error),
    }
    with suppress(Exception):  # a closed standard output is no reason to leave ECS without an answer
        print(json.dumps(line), flush=True)  # noqa: T201 - the logger may be what broke
        print(json.dumps(_counted(names.get("stage", ""), service)), flush=True)  # noqa: T201 - as above
    ours = {"greenlight": {"v": 1, "reason": reason}}
    try:
        return _plain({"hookStatus": status, "hookDetails": {**details, **ours}})
    except (RecursionError, TypeError, ValueError):  # details that cannot be written as JSON are not worth the answer
        return {"hookStatus": status, "hookDetails": ours}


def _counted(stage: str, service: str) -> dict[str, Any]:
    """Return the line that counts this call among the errors, as ``measures`` would; Powertools may be what broke.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    now = datetime.now(UTC)
    metrics = {
        "Namespace": _NAMESPACE,
        "Dimensions": [["service", "stage"], ["stage"]],
        "Metrics": [{"Name": _ERRORS, "Unit": "Count"}],
    }
    return {
        "timestamp": now.isoformat(),
        "level": "ERROR",
        "message": "metrics",
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [metrics]},
        "service": service or "unknown",
        "stage": stage or "unknown",
        _ERRORS: 1,
    }


def _moved_traffic(details: dict[str, Any]) -> bool:
    """Tell whether an earlier invocation left production traffic moved."""
    state = details.get("greenlight")
    return isinstance(state, dict) and state.get("shifted") is True


def _problem(error: BaseException) -> str:
    if isinstance(error, TimeIsUpError):
        return "no verdict before the function's time-out; raise the time-out, or give the gate less to do"
    try:
        text = f": {error}"
    except Exception:  # noqa: BLE001 - there are errors that cannot even say what they are
        text = ""
    return f"unforeseen {type(error).__name__}{text[:300]}; the function's log has the trace"

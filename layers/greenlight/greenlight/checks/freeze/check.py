"""Asks the clock whether a freeze holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar, Final

from greenlight import clock
from greenlight.checks.base import CheckContext
from greenlight.checks.freeze.settings import FreezeSettings
from greenlight.checks.freeze.windows import Coming, Held, Window, coming, held
from greenlight.checks.moments import local, span
from greenlight.checks.outcome import CheckResult, Outcome

_LONGEST_WAIT_SECONDS: Final = 300.0
"""Somebody may take the window out of the gates file, which is read again at each call."""

_TOLD_WINDOWS: Final = 3


@dataclass(frozen=True)
class FreezeCheck:
    """Windows of a time zone, ready to be looked at."""

    kind: ClassVar[str] = "freeze"
    settings: FreezeSettings
    windows: tuple[Window, ...]
    zone: tzinfo

    def skip_on_create(self) -> str | None:
        """Never: a new service is a change like any other."""
        return None

    def run(self, context: CheckContext) -> CheckResult:  # noqa: ARG002 - nothing but the clock is asked
        """Look at the clock."""
        now = clock.now()
        freeze = held(self.windows, self.zone, now)
        if freeze is None:
            following = coming(self.windows, self.zone, now)
            return CheckResult(Outcome.PASSED, self._open(following, now), details=self._details(now))
        return self._frozen(freeze, now)

    def _frozen(self, freeze: Held, now: float) -> CheckResult:
        left = freeze.until - now
        end = f"{self._local(freeze.until)}, in {span(left)}"
        found = f"a freeze holds until {end} ({_listed(freeze.windows)})"
        details = self._details(now, freeze)
        if self.settings.when_frozen == "wait":
            wait = min(left, _LONGEST_WAIT_SECONDS)
            return CheckResult(
                Outcome.INCONCLUSIVE,
                f"{found}; it is waited for, until the gate's deadline",
                retry_after=wait,
                details=details,
            )
        cure = "deploy again then, or change the windows in the gates file"
        return CheckResult(Outcome.FAILED, f"{found}; {cure}", details=details)

    def _open(self, following: Coming | None, now: float) -> str:
        if following is None:
            return "no freeze holds, and none is to come"
        when = f"{self._local(following.at)}, in {span(following.at - now)}"
        return f"no freeze holds; the next one begins {when} ({following.window})"

    def _local(self, moment: float) -> str:
        return local(datetime.fromtimestamp(moment, self.zone))

    def _details(self, now: float, freeze: Held | None = None) -> Mapping[str, Any]:
        told: dict[str, Any] = {
            "time_zone": self.settings.time_zone,
            "now": datetime.fromtimestamp(now, self.zone).isoformat(timespec="seconds"),
        }
        if freeze is not None:
            told["frozen_until"] = datetime.fromtimestamp(freeze.until, self.zone).isoformat(timespec="seconds")
            told["windows"] = [str(window) for window in freeze.windows]
        return told


def _listed(windows: tuple[Window, ...]) -> str:
    more = f", and {len(windows) - _TOLD_WINDOWS} more" if len(windows) > _TOLD_WINDOWS else ""
    return ", ".join(str(window) for window in windows[:_TOLD_WINDOWS]) + more

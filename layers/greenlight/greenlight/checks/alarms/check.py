"""Asks CloudWatch for alarms, and tells those that are not there from those that are silent."""

import difflib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from greenlight import aws, clock
from greenlight.checks.alarms.asking import (
    MAX_PAGES,
    NAMES_A_CALL,
    Alarm,
    AlarmsReplyError,
    TooManyAlarmsError,
    beginning_with,
    named,
)
from greenlight.checks.alarms.judging import alarming, details, failed, judge
from greenlight.checks.alarms.settings import AlarmsSettings, parse_arn
from greenlight.checks.base import CheckContext
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.checks.trouble import trouble

_LONGEST_CALL_SECONDS: Final = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_SECONDS + aws.READ_TIMEOUT_SECONDS)
_ALIKE_BEGINNING: Final = 3
_TOLD_MISSING: Final = 3


@dataclass(frozen=True)
class AlarmsCheck:
    """Alarms by name, ready to be asked for."""

    kind: ClassVar[str] = "alarms"
    settings: AlarmsSettings

    def skip_on_create(self) -> str | None:
        """Never: alarms speak of more than the service, and `missing_data` says what one without data means."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Ask for all alarms. One that is in ALARM is a failure, whatever became of the others."""
        own: dict[str, Alarm] = {}
        by_arn: dict[str, Alarm] = {}
        problem: Exception | None = None
        try:
            for alarm in self._own():
                own[alarm.name] = alarm
            for alarm in self._by_arn():
                by_arn[alarm.arn] = alarm
        except (aws.AwsError, AlarmsReplyError, TooManyAlarmsError) as error:
            problem = error
        alarms, now = list(({alarm.arn: alarm for alarm in own.values()} | by_arn).values()), clock.now()
        if loud := alarming(alarms):
            return failed(loud, alarms, now)
        if problem is not None:
            return self._trouble(problem)
        if missing := self._missing(own, by_arn, context.deadline):
            return CheckResult(Outcome.FAILED, missing, details=details(alarms, now))
        return judge(alarms, self.settings, now)

    def _own(self) -> Iterator[Alarm]:
        yield from named(list(dict.fromkeys(self.settings.names)))
        if self.settings.prefix is not None:
            yield from beginning_with(self.settings.prefix)

    def _by_arn(self) -> Iterator[Alarm]:
        arns = [parse_arn(arn) for arn in self.settings.arns]
        for region in dict.fromkeys(arn.region for arn in arns):
            names = dict.fromkeys(arn.name for arn in arns if arn.region == region)
            # An alarm of that name in this account is not the one that was meant in another.
            yield from (alarm for alarm in named(list(names), region) if alarm.arn in self.settings.arns)

    def _trouble(self, error: Exception) -> CheckResult:
        if isinstance(error, aws.AwsError):
            return trouble(error)
        if isinstance(error, AlarmsReplyError):
            return CheckResult(Outcome.ERROR, str(error))
        most = MAX_PAGES * NAMES_A_CALL
        problem = f'more than {most} alarms begin with "{self.settings.prefix}"; write a longer prefix, or `names`'
        return CheckResult(Outcome.FAILED, problem)

    def _missing(self, own: Mapping[str, Alarm], by_arn: Mapping[str, Alarm], deadline: float) -> str | None:
        """Say which alarms are not there; None where all are."""
        settings = self.settings
        if missing := [name for name in dict.fromkeys(settings.names) if name not in own]:
            return _no_such(missing, deadline)
        if settings.prefix is not None and not any(name.startswith(settings.prefix) for name in own):
            cure = "correct the prefix, or create the alarms"
            return f'no alarm begins with "{settings.prefix}" in this account and Region; {cure}'
        if missing := [arn for arn in dict.fromkeys(settings.arns) if arn not in by_arn]:
            cure = "correct the ARN; alarms of other accounts cannot be asked for"
            return f"no alarm of this account has the ARN {_told(missing)}; {cure}"
        return None


def _no_such(missing: Sequence[str], deadline: float) -> str:
    told = [f'"{name}"{_meant(name, deadline)}' for name in missing[:_TOLD_MISSING]] + list(missing[_TOLD_MISSING:])
    return (
        f"no alarm is called {_told(told)} in this account and Region; correct the name, or create the alarm "
        '(a composite alarm is shown only to a role that may cloudwatch:DescribeAlarms on "*")'
    )


def _told(missing: Sequence[str]) -> str:
    more = f" and {len(missing) - _TOLD_MISSING} more" if len(missing) > _TOLD_MISSING else ""
    return ", ".join(missing[:_TOLD_MISSING]) + more


def _meant(name: str, deadline: float) -> str:
    """Name an alarm that looks alike, as long as there is time to ask for it."""
    if time.monotonic() + _LONGEST_CALL_SECONDS > deadline:
        return ""
    near: list[str] = []
    # What was found until then is as good a guess as any, and the answer does not hang on it.
    with suppress(aws.AwsError, AlarmsReplyError, TooManyAlarmsError):
        near.extend(alarm.name for alarm in beginning_with(name[:_ALIKE_BEGINNING], pages=1))
    close = difflib.get_close_matches(name, near, n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""

"""What the gate itself says: when it gives up waiting, when it only reports, and when there is no gate to ask."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from greenlight.documents import DocumentError
from greenlight.gates import Configured, HookStatus, SourceUnavailableError, give_up, load_gate, wait_for
from tests.unit.checks.scenes.making import NOON, alarm
from tests.unit.checks.scenes.of_approval import recorded
from tests.unit.checks.scenes.place import Place
from tests.unit.checks.scenes.playing import Playing
from tests.unit.checks.scenes.scene import BEFORE, PRE, Scene, Situation

_ALARMS = "names: [orders-5xx]"


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Something that the gate says.

    Attributes:
        title: What is the case, in words.
        status: What ECS hears.
        tell: Plays it, and returns what ECS hears and the verdict's sentence.
        todo: What to do, where the message itself does not say it.
    """

    title: str
    status: HookStatus
    tell: Callable[[Place], tuple[HookStatus, str]]
    todo: str = ""

    def __str__(self) -> str:
        return f"gate: {self.title}"


def _throttled(place):
    place.faults.fail("cloudwatch", "DescribeAlarms", "Throttling")


def _silent(place):
    alarm(place, state="INSUFFICIENT_DATA", minutes=5, reason="Insufficient Data: 1 datapoint was unknown.")


def _loud(place):
    alarm(place, state="ALARM", minutes=12, reason="Threshold Crossed.")


def _asked(arrange, settings=_ALARMS, *, times=1, minutes=0):
    """Ask a gate so many times, the last time so many minutes after the first one."""

    def tell(place):
        playing = Playing(place, Scene("alarms", Situation.ERROR, "", settings, arrange, stage=PRE))
        for number in range(times):
            if number == times - 1:
                place.now = max(place.now, NOON.timestamp() + minutes * 60)
            told = playing.invoke()
        return told.status, told.reason

    return tell


def _read(gates, stage=PRE, *, arrange=lambda _: None, times=1):
    """Read a gates file for the last of so many times, as an invocation does."""

    def tell(place):
        arrange(place)
        try:
            load_gate(Configured(gates, "hookDetails.gates"), stage)
        except DocumentError as error:
            verdict = give_up(f"configuration: {error}")
        except SourceUnavailableError as error:
            verdict = wait_for(str(error), times, now=time.time(), deadline=time.time() + 60)
        return verdict.status, place.names.stable(verdict.reason)

    return tell


def _bucket(place):
    place.client("s3").create_bucket(
        Bucket="shop-gates", CreateBucketConfiguration={"LocationConstraint": place.server.region}
    )


def _slow_ssm(place):
    place.faults.fail("ssm", "GetParameter")


def _denied_ssm(place):
    place.faults.deny("ssm", "GetParameter")


_GATES = {"version": 1, "pre_scale_up": {"alarms": {"names": ["orders-5xx"]}}}


def _unanswered(place):
    """Nobody answers a question within its 20 minutes."""
    scene = Scene("approval", Situation.INCONCLUSIVE, "", "timeout: 20m", recorded, stage=BEFORE)
    playing = Playing(place, scene)
    playing.invoke()
    place.now = NOON.timestamp() + 20 * 60
    told = playing.invoke()
    return told.status, told.reason


VERDICTS = (
    Verdicts(
        "a check could not be asked, for the first time",
        HookStatus.IN_PROGRESS,
        _asked(_throttled),
        todo="nothing yet: it is asked again",
    ),
    Verdicts(
        "a check could not be asked, time after time",
        HookStatus.FAILED,
        _asked(_throttled, times=4),
        todo="deploy again when AWS answers; on_error: pass lets such a deployment through",
    ),
    Verdicts(
        "the same with on_error: pass",
        HookStatus.SUCCEEDED,
        _asked(_throttled, f"{_ALARMS}\non_error: pass", times=4),
    ),
    Verdicts(
        "no answer by the deadline",
        HookStatus.FAILED,
        _asked(_silent, f"{_ALARMS}\nmissing_data: wait", times=2, minutes=31),
        todo="see why it has no answer, or give the gate a longer deadline",
    ),
    Verdicts(
        "an approval that nobody gave",
        HookStatus.FAILED,
        _unanswered,
        todo="deploy again when somebody is there to answer, or give the approval a longer timeout",
    ),
    Verdicts(
        "a warning that failed",
        HookStatus.SUCCEEDED,
        _asked(_loud, f"{_ALARMS}\nseverity: warning"),
    ),
    Verdicts("no gate for the stage", HookStatus.FAILED, _read(_GATES, "POST_TEST_TRAFFIC_SHIFT")),
    Verdicts(
        "no such gates file",
        HookStatus.FAILED,
        _read("s3://shop-gates/orders/gates.yaml", arrange=_bucket),
        todo="put the file there, or correct the location in hookDetails",
    ),
    Verdicts("a gates file that may not be read", HookStatus.FAILED, _read("ssm:/orders/gates", arrange=_denied_ssm)),
    Verdicts("a location that is none", HookStatus.FAILED, _read("orders/gates.yaml")),
    Verdicts(
        "a gates file that cannot be had just now",
        HookStatus.IN_PROGRESS,
        _read("ssm:/orders/gates", arrange=_slow_ssm),
        todo="nothing yet: it is asked again",
    ),
)

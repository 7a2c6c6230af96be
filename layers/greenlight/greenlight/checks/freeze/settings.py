"""What a gates file says of a freeze."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckSettings
from greenlight.checks.freeze.edges import FreezeEdge, Recurrence
from greenlight.checks.freeze.zones import ZoneName
from greenlight.documents import Strict

if TYPE_CHECKING:
    from greenlight.checks.freeze.windows import Window

MAX_WINDOWS: Final = 50


class FreezeWindow(Strict):
    """A window of the gates file.

    Attributes:
        begin: Its first moment, ``from`` in the file.
        end: The first moment after it, ``to`` in the file.
        reason: Why, for those whose deployment meets it.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "start": "write `from`",
        "begin": "write `from`",
        "end": "write `to`",
        "until": "write `to`",
        "time_zone": "the time zone stands beside `windows`, and counts for all of them",
        "cron": 'write when it begins and ends, as `{from: "Fri 16:00", to: "Mon 06:00"}`',
        "days": 'write the day before the time, as `{from: "Fri 16:00", to: "Mon 06:00"}`',
    }

    begin: FreezeEdge = Field(alias="from")
    end: FreezeEdge = Field(alias="to")
    reason: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.begin.recurrence is not self.end.recurrence:
            problem = (
                f"begins {self.begin.recurrence} ({self.begin}) and ends {self.end.recurrence} ({self.end}); give both "
                "a day of the week, or both a date, or neither"
            )
            raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
        return self

    @model_validator(mode="after")
    def _some_length(self) -> Self:
        if self.begin == self.end:
            problem = f"begins and ends at the same time, {self.begin}; `to` is the first moment after the freeze"
        elif self.begin.recurrence is Recurrence.ONCE and str(self.end) < str(self.begin):  # ISO sorts as time goes
            problem = f"ends before it begins: {self.begin} to {self.end}; swap them, or correct the year"
        else:
            return self
        raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})


class FreezeSettings(CheckSettings):
    """What a gates file says of a freeze check.

    Attributes:
        time_zone: Where the clock hangs that the windows are read from.
        windows: When nothing is deployed.
        when_frozen: ``wait`` asks again until the freeze is over, or the gate's deadline comes.
    """

    hints: ClassVar[Mapping[str, str]] = {
        "timezone": "write `time_zone`",
        "tz": "write `time_zone`",
        "zone": "write `time_zone`",
        "window": "write `windows`, a list",
        "from": 'it belongs to a window, as in `windows: [{from: "Fri 16:00", to: "Mon 06:00"}]`',
        "to": 'it belongs to a window, as in `windows: [{from: "Fri 16:00", to: "Mon 06:00"}]`',
        "reason": 'it belongs to a window, as in `windows: [{from: "22:00", to: "06:00", reason: night}]`',
    }

    time_zone: ZoneName
    windows: list[FreezeWindow] = Field(min_length=1, max_length=MAX_WINDOWS)
    when_frozen: Literal["fail", "wait"] = "fail"

    @model_validator(mode="after")
    def _some_time_left(self) -> Self:
        from greenlight.checks.freeze.windows import leave_nothing  # noqa: PLC0415 - only a gate with a freeze needs it

        if leave_nothing(self.all_windows()):
            problem = (
                "has windows that leave no minute of the week open, so nothing could ever be deployed; leave some time, "
                "or write dates for a freeze that ends"
            )
            raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})
        return self

    def all_windows(self) -> tuple["Window", ...]:
        """Return the windows, ready to be looked at."""
        from greenlight.checks.freeze.windows import Window  # noqa: PLC0415 - see above

        return tuple(Window(each.begin, each.end, each.reason) for each in self.windows)

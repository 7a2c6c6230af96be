"""Scenes of the freeze check: windows, and Thursday noon."""

from tests.unit.checks.scenes.scene import PRE, Blunder, Scene, Situation

_WEEKEND = '{from: "Fri 16:00", to: "Mon 06:00", reason: weekend}'


def _scene(situation, title, *windows, more="", **keys):
    listed = "".join(f"\n  - {window}" for window in windows)
    return Scene("freeze", situation, title, f"time_zone: Europe/Berlin\nwindows:{listed}\n{more}", stage=PRE, **keys)


SCENES = (
    _scene(Situation.PASSED, "no window holds", _WEEKEND),
    _scene(
        Situation.FAILED, "a window holds", '{from: "2026-01-12 00:00", to: "2026-01-19 06:00", reason: stocktaking}'
    ),
    _scene(
        Situation.FAILED,
        "windows that follow each other hold",
        '{from: "12:30", to: "14:00", reason: lunch}',
        '{from: "Thu 14:00", to: "Fri 16:00", reason: audit}',
        _WEEKEND,
    ),
    _scene(
        Situation.INCONCLUSIVE,
        "a window holds that is waited for",
        '{from: "12:30", to: "14:00", reason: lunch}',
        more="when_frozen: wait",
    ),
)

_NOTHING_ASKED = "it asks the clock alone, and nothing of AWS"
IMPOSSIBLE = {
    Situation.ERROR: f"{_NOTHING_ASKED}; an unknown time zone is a mistake in the gates file",
    Situation.THROTTLED: _NOTHING_ASKED,
    Situation.DENIED: _NOTHING_ASKED,
}

BLUNDERS = (
    Blunder(
        "freeze",
        "a time zone that is none",
        f"pre_scale_up:\n  freeze:\n    time_zone: Berlin\n    windows: [{_WEEKEND}]",
    ),
    Blunder(
        "freeze",
        "windows that leave nothing open",
        'pre_scale_up:\n  freeze:\n    time_zone: UTC\n    windows: [{from: "06:00", to: "18:00"}, {from: "18:00", to: "06:00"}]',
    ),
)

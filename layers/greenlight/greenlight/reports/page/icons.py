"""A shape for each outcome, so that nobody has to tell colours apart."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from greenlight.reports.page.markup import Markup, element, joined

_CIRCLE: Final = element("circle", cx="10", cy="10", r="9")
_DISC: Final = element("circle", cx="10", cy="10", r="8", class_="ring")


def _glyph(path: str) -> Markup:
    return element("path", d=path, class_="glyph")


_SHAPES: Final[Mapping[str, Markup]] = MappingProxyType(
    {
        "passed": joined((_CIRCLE, _glyph("M5.8 10.4l2.9 2.9 5.6-6.2"))),
        "failed": joined(
            (element("path", d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z"), _glyph("M7 7l6 6M13 7l-6 6"))
        ),
        "error": joined((element("path", d="M10 0l10 10-10 10L0 10z"), _glyph("M10 5.6v5.2M10 13.9v.2"))),
        "warning": joined(
            (
                element(
                    "path",
                    d="M10 1.2c.7 0 1.2.3 1.5.9l7.6 14c.7 1.3-.1 2.4-1.4 2.4H2.3C1 18.5.2 17.4.9 16.1l7.6-14c.3-.6.8-.9 1.5-.9z",
                ),
                _glyph("M10 7v5M10 15v.2"),
            )
        ),
        "not_run": joined((_DISC, _glyph("M6 10h8"))),
        "skipped": joined((_DISC, _glyph("M6.5 6.5L10 10l-3.5 3.5M10.5 6.5L14 10l-3.5 3.5"))),
        "waiting": joined((_CIRCLE, _glyph("M10 5v5.3l3.4 2"))),
    }
)
_ALIASES: Final = {"inconclusive": "waiting"}


def sprite() -> Markup:
    """Return the shapes, once for the whole page; ``icon`` refers to them."""
    symbols = (
        element("symbol", shape, id=f"_{outcome}", viewBox="0 0 20 20", class_=outcome)
        for outcome, shape in _SHAPES.items()
    )
    hatch = element(
        "pattern",
        element("path", d="M-2 2L2-2M0 8L8 0M6 10L10 6"),
        id="_hatch",
        width="8",
        height="8",
        patternUnits="userSpaceOnUse",
    )
    return element("svg", *symbols, hatch, class_="sprite", aria_hidden="true", width="0", height="0")


def favicon(outcome: str) -> str:
    """Return the shape of an outcome as an image of its own, for the browser's tab."""
    colour = {"passed": "#1a7f37", "failed": "#c0261c", "error": "#a84300"}.get(outcome, "#57606a")
    drawing = f'fill="{colour}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"'
    inside = "".join(_SHAPES[outcome]).replace('class="glyph"', 'fill="none" stroke="#fff"')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" {drawing}>{inside}</svg>'


def icon(outcome: str) -> Markup:
    """Return the shape of an outcome, as high as a line of text; the word stands beside it."""
    return element("svg", element("use", href=_address(outcome)), class_=f"icon {outcome}", aria_hidden="true")


def shape(outcome: str, *, x: int, y: int, size: int) -> Markup:
    """Return the shape of an outcome as part of a drawing."""
    place = {"x": str(x), "y": str(y), "width": str(size), "height": str(size)}
    return element("use", href=_address(outcome), class_=f"icon {outcome}", **place)


def _address(outcome: str) -> str:
    return f"#_{_ALIASES.get(outcome, outcome)}"

"""The report as a page for people: one file that needs nothing else, runs no script and says first what matters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from greenlight.reports.page.checks import Room, check
from greenlight.reports.page.contents import sections
from greenlight.reports.page.icons import favicon, sprite
from greenlight.reports.page.markup import Markup, element
from greenlight.reports.page.overview import contents, counts, facts, title, verdict

__all__ = ["to_html"]

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ROOM: Final = 1_200_000
"""Bytes for the details of tests. What does not pass comes first; what is left over is told in short."""


def to_html(document: Mapping[str, Any]) -> str:
    """Write a report as HTML."""
    parts = sections(document)
    room = Room(_ROOM)
    checks = (check(part, room, reason=document["verdict"]["reason"]) for part in parts)
    main = element("main", facts(document), counts(parts), contents(parts), *checks)
    body = element("body", sprite(), verdict(document, parts), main, _footer(document))
    return f"<!doctype html>\n{element('html', _head(document), body, lang='en')}\n"


def _head(document: Mapping[str, Any]) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", title(document)),
        element("link", rel="icon", href=f"data:image/svg+xml,{quote(favicon(document['verdict']['outcome']))}"),
        element("style", _style()),
    )


def _style() -> Markup:
    """Return the style sheet, without the white space that is there for its authors."""
    lines = Path(__file__).with_name("style.css").read_text(encoding="utf-8").splitlines()
    return Markup("\n".join(line.strip() for line in lines if line.strip()))


def _footer(document: Mapping[str, Any]) -> Markup:
    made = document["generated"].replace("T", " ").replace("Z", " UTC")
    return element("footer", element("p", f"Greenlight {document['greenlight']}, {made}. Times are in UTC."))

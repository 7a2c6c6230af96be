"""Look at a page in a real Chromium, as people with different eyes and devices do, and write what was found as JSON.

It runs in an environment of its own (`make page`), and so imports nothing of the tests beside it:
look_at_page.py PAGE FOLDER, with CHROMIUM=/path/to/chromium where it is not on the PATH.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"wide": (1280, 1040), "phone": (390, 844)}
SCHEMES = ("light", "dark")
# All rules but those of level AAA, which asks for a contrast of 7:1.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"
OPEN_ALL = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"
VISIBLE = "[...document.querySelectorAll('a[href], summary')].filter(one => one.checkVisibility()).length"
FOCUS = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    one.dataset.visited = one.dataset.visited ? 'again' : 'once';
    return {again: one.dataset.visited === 'again', outlined: getComputedStyle(one).outlineStyle !== 'none'};
}"""
FOCUS_FIRST_CLOSED = """() => {
    const one = document.querySelector('details:not([open]) > summary');
    one?.focus();
    return one !== null;
}"""
FOCUSED_IS_OPEN = "document.activeElement.parentElement.open"
# Waits for a change of layout to be painted, as an open fold or a scrolled page.
SETTLE = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main() -> None:
    """Write what was found to standard output."""
    page_file, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("there is no Chromium: install it, or say where it is with CHROMIUM=/path/to/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        looks = [look(browser, page_file.as_uri(), folder, scheme, size) for scheme in SCHEMES for size in SIZES]
        found = {
            "looks": looks,
            "keyboard": keyboard(browser, page_file.as_uri()),
            "links": links(browser, page_file.as_uri()),
            "print": printed(browser, page_file.as_uri(), folder),
        }
        browser.close()
    sys.stdout.write(json.dumps(found))


@contextmanager
def opened(browser: Browser, address: str, *, scheme: str = "light", size: str = "wide") -> Iterator[tuple[Page, list]]:
    """Open the page without a network; give it, and what it complained about or asked for."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda request: complaints.extend(foreign(request.url, address)))
    page.goto(address)
    yield page, complaints
    context.close()


def foreign(url: str, address: str) -> list[str]:
    """Say that a request went to anything but the page itself."""
    return [] if url.startswith("data:") or url == address.partition("#")[0] else [f"request: {url}"]


def look(browser: Browser, address: str, folder: Path, scheme: str, size: str) -> dict:
    """Look at the page as it opens, and with every fold open."""
    with opened(browser, address, scheme=scheme, size=size) as (page, complaints):
        page.screenshot(path=folder / f"{scheme}-{size}-first.png")
        page.screenshot(path=folder / f"{scheme}-{size}.png", full_page=True)
        closed = {"overflow": page.evaluate(OVERFLOW), "violations": violations(page)}
        page.evaluate(OPEN_ALL)
        page.evaluate(SETTLE)
        page.screenshot(path=folder / f"{scheme}-{size}-open.png", full_page=True)
        unfolded = {"overflow": page.evaluate(OVERFLOW), "violations": violations(page)}
    return {"scheme": scheme, "size": size, "closed": closed, "open": unfolded, "complaints": complaints}


def violations(page: Page) -> list[dict]:
    """Ask axe; give each broken rule with the places where it is broken."""
    found = Axe().run(page, options={"runOnly": RULES}).response
    return [
        {
            "rule": broken["id"],
            "impact": broken["impact"],
            "help": broken["help"],
            "places": [f"{node['html'][:200]} {node['failureSummary']}" for node in broken["nodes"][:5]],
        }
        for broken in found["violations"]
    ]


def keyboard(browser: Browser, address: str) -> dict:
    """Walk through the page with the Tab key, and open a fold and close it again with Enter."""
    with opened(browser, address, size="phone") as (page, _):
        expected, visited, unmarked = page.evaluate(VISIBLE), 0, 0
        for _ in range(expected + 5):
            page.keyboard.press("Tab")
            focus = page.evaluate(FOCUS)
            if focus is None or focus["again"]:
                break
            visited += 1
            unmarked += not focus["outlined"]
        states = []
        if page.evaluate(FOCUS_FIRST_CLOSED):
            states.append(page.evaluate(FOCUSED_IS_OPEN))
            for _ in range(2):
                page.keyboard.press("Enter")
                page.evaluate(SETTLE)
                states.append(page.evaluate(FOCUSED_IS_OPEN))
    return {"expected": expected, "visited": visited, "unmarked": unmarked, "states": states}


def links(browser: Browser, address: str) -> list[str]:
    """Follow an address to each test and to each check; give those that lead to nothing that can be seen."""
    with opened(browser, address) as (page, _):
        anchors = page.evaluate("[...document.querySelectorAll('.inside, .check')].map(one => one.id)")
    lost = []
    for anchor in anchors[:: max(1, len(anchors) // 8)]:
        with opened(browser, f"{address}#{anchor}", size="phone") as (page, _):
            page.evaluate(SETTLE)
            if not page.evaluate(
                "id => { const box = document.getElementById(id).getBoundingClientRect();"
                " return box.height > 0 && box.top < innerHeight && box.bottom > 0 }",
                anchor,
            ):
                lost.append(anchor)
    return lost


def printed(browser: Browser, address: str, folder: Path) -> dict:
    """Look at the page as it is printed, from a dark screen."""
    with opened(browser, address, scheme="dark") as (page, _):
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate(SETTLE)
        page.screenshot(path=folder / "print.png", full_page=True)
        return page.evaluate(
            """() => ({
                folded: [...document.querySelectorAll('.inside')].filter(one => !one.checkVisibility()).length,
                backgrounds: [...new Set([...document.querySelectorAll('body, header, .test, .timings, pre')]
                    .map(one => getComputedStyle(one).backgroundColor))],
                ink: getComputedStyle(document.body).color,
            })"""
        )


if __name__ == "__main__":
    main()

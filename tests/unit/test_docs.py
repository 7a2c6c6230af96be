"""The documentation: every link leads somewhere, and every command of Greenlight's in it is one that the program takes."""

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest

from greenlight_cli.program import program
from rehearsal.arguments import parse_arguments

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "benchmarks/*.md") for path in ROOT.glob(pattern)
)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\]\\]|\\.)*\]\(([^)\s]+)\)")
_SHELL = re.compile(r"^```(?:sh|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")


def name_of(path):
    """A page, as people call it."""
    return str(path.relative_to(ROOT))


def text_of(path):
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "code", _FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path):
    """What a link to a page may end with: its headings, as GitHub writes them."""
    headings = re.findall(r"^#{1,6} (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    bare = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in bare}


def links():
    """Every link to a file, and the page that it is on."""
    for path in PAGES:
        for target in dict.fromkeys(_LINK.findall(text_of(path))):
            if not re.match(r"[a-z]+:", target):
                yield pytest.param(path, target, id=f"{name_of(path)}: {target}")


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_a_link_leads_somewhere(page, target):
    """To a file that is there, and to a heading that it has."""
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page

    assert path.exists(), f"{name_of(page)} links to {target}, and there is no {path}"
    if anchor and path.suffix == ".md":
        assert anchor in anchors(path), f"{name_of(page)} links to {target}; headings: {sorted(anchors(path))}"


def statements(text):
    """Every command line of some shell code: comments, prompts and continuations gone, and what stands in $(…) besides."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        bare = line.removeprefix("$ ").strip()
        for inner in _SUBSTITUTION.findall(bare):
            yield from statements(inner)
        lexer = shlex.shlex(_SUBSTITUTION.sub("X", bare), posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split, lexer.commenters = True, "#"
        try:
            words = list(lexer)
        except ValueError:
            continue  # a quote that goes on in the next line, as of JSON
        command = []
        for word in [*words, ";"]:
            if word and set(word) <= set("|&;<>"):
                yield command
                command = []
            else:
                command.append(word)


def without_variables(words):
    """A command without the variables that are set for it."""
    start = next((index for index, word in enumerate(words) if not re.fullmatch(r"[A-Z_]+=.*", word)), len(words))
    return words[start:]


def commands(*names):
    """Every command with one of some names that stands in a block of shell code, and the page that it is on."""
    for path in PAGES:
        for block in _SHELL.findall(path.read_text(encoding="utf-8")):
            for words in map(without_variables, statements(block)):
                for name in names:
                    if words[: len(name)] == list(name):
                        yield path, words[len(name) :]


def named():
    """Every command that stands in a sentence, as in `greenlight attach --stages`, and the page that it is on."""
    for path in PAGES:
        for code in re.findall(r"`greenlight ([^`\n]+)`", _FENCE.sub("", path.read_text(encoding="utf-8"))):
            for verb in code.split()[0].split("|"):  # as in approve|reject
                yield path, [verb, *(word for word in code.split()[1:] if word not in {"…", "..."})]


def each_once(found):
    """The same for pytest."""
    pages = {tuple(words): path for path, words in found}
    return [pytest.param(list(words), id=f"{name_of(path)}: {' '.join(words)}"[:120]) for words, path in pages.items()]


def parse(words):
    """Give a command to click's own parser; nothing is run."""
    if words[0].startswith("-"):
        assert words[0] in {"--help", "-h", "--version"}
        return
    command = program.commands.get(words[0])
    assert command is not None, f"there is no command {words[0]}"
    if "--help" not in words:
        command.parse_args(click.Context(command, info_name=words[0]), words[1:])


@pytest.mark.parametrize("words", each_once(commands(("greenlight",), (".venv/bin/greenlight",))))
def test_the_program_takes_every_command_of_the_documentation(words):
    """As it stands there, for whoever pastes it."""
    parse(words)


@pytest.mark.parametrize("words", each_once(named()))
def test_the_program_has_every_command_that_is_named(words):
    """With the options that are named beside it; the rest may be left out in a sentence."""
    with contextlib.suppress(click.MissingParameter, click.BadOptionUsage):
        parse(words)


@pytest.mark.parametrize(
    "words", each_once(commands((".venv/bin/python", "-m", "rehearsal"), ("python", "-m", "rehearsal")))
)
def test_the_rehearsal_takes_every_command_of_the_documentation(words):
    """Without what a variable stands for."""
    if "--help" not in words:
        parse_arguments([word for word in words if word != "$@"])


def test_there_is_something_to_hold():
    """The tests above would be green without a page, too."""
    assert len(list(links())) > 100
    assert len(each_once(commands(("greenlight",), (".venv/bin/greenlight",)))) > 20
    assert len(each_once(named())) > 30


def test_a_wrong_command_would_be_found():
    """An option that is gone, a command that was renamed, a value that makes no sense."""
    for words in (["attach", "shop/orders", "--gate", "x"], ["atach", "x"], ["snippet", "--format", "pulumi"]):
        with pytest.raises((AssertionError, click.UsageError)):
            parse(words)

"""HTML that nobody can break into."""

import pytest

from greenlight.reports.page.markup import Markup, element, escape, joined


def test_text_is_escaped_and_markup_is_not():
    """What is not known to be markup is text."""
    assert "<p>&lt;b&gt;<b>x</b></p>" == element("p", "<b>", element("b", "x"))
    assert "&amp;<br>" == joined(("&", element("br")))


@pytest.mark.parametrize("value", ["\"x\" onload='y'", Markup("\"x\" onload='y'")])
def test_nothing_breaks_out_of_an_attribute(value):
    """Markup is text there like any other."""
    assert '<p title="&quot;x&quot; onload=&#x27;y&#x27;"></p>' == element("p", title=value)


def test_attributes_are_named_as_in_python():
    """With underscores for hyphens, and one at the end where Python has the word itself; what is False or None is not there."""
    made = element("details", class_="a b", aria_label="x", open=True, hidden=False, id=None)
    assert '<details class="a b" aria-label="x" open></details>' == made


def test_shapes_close_themselves():
    """Unless there is something in them."""
    assert '<rect x="1"/><rect><title>t</title></rect>' == joined(
        (element("rect", x="1"), element("rect", element("title", "t")))
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("\x00\x1b[31m\x7f\x85\r", "\ufffd\ufffd[31m\ufffd\ufffd\ufffd"),
        ("\u202egnp.exe\u2066", "[U+202E]gnp.exe[U+2066]"),
        ("مرحبا \u200f", "مرحبا \u200f"),
    ],
)
def test_what_would_be_obeyed_is_shown(text, shown):
    """Control characters, and those that turn the order of letters round; the scripts of people stay as they are."""
    assert shown == escape(text)

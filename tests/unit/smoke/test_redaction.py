"""Secrets stay out of all that people and logs see."""

import base64
import html
import json
import re
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from greenlight.smoke.patterns import Pattern
from greenlight.smoke.redaction import MASK, Redactor

SECRETS = st.text(min_size=4, max_size=40).filter(lambda text: text.strip("*") and text == text.strip())
SPELLINGS = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": lambda text: quote(text, safe="").lower().replace(text.lower(), text),
    "path": lambda text: quote(text, safe="/"),
    "query": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json, not escaped": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "html": html.escape,
    "regular expression": lambda text: Pattern("{{ v }}", None).filled({"v": text}).text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, url-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "twice": lambda text: text + text,
}


def redactor_of(*secrets):
    """Return a redactor that knows some secrets."""
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return redactor


@pytest.mark.parametrize("spelling", [name for name in SPELLINGS if name != "percent, lower case"])
@given(secret=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_spelling_of_a_secret_gets_through(spelling, secret, before, after):
    """Whatever way a secret comes back, and whatever stands around it, neither it nor that spelling is shown."""
    spelt = SPELLINGS[spelling](secret)
    assume(spelt not in before + after + MASK)
    shown = redactor_of(secret).clean(f"{before}{spelt}{after}")
    assert spelt not in shown
    assert secret not in shown


@given(st.lists(SECRETS, min_size=1, max_size=4), st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_several_secrets_in_one_text_are_all_hidden(secrets, texts):
    """Secrets that overlap or contain each other do not protect one another."""
    shown = redactor_of(*secrets).clean("".join(text + secret for text, secret in zip(texts, secrets, strict=False)))
    for secret in secrets[: len(texts)]:
        assert secret not in shown.replace(MASK, "\0")


def test_percent_encoding_is_recognised_in_lower_case():
    """Servers differ in the case of the digits."""
    assert redactor_of("a/b+c=d").clean("x=a%2fb%2bc%3dd&y") == "x=***&y"


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
def test_a_secret_inside_longer_base64_is_hidden(before):
    """Basic credentials encode user and password together, so the password starts at any of three offsets."""
    encoded = base64.b64encode(f"{before}correct-horse-battery!".encode()).decode()
    shown = redactor_of("correct-horse-battery").clean(f"Basic {encoded}")
    assert MASK in shown
    assert "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5" not in shown
    assert len(shown) < 20


def test_the_values_inside_a_structure_are_secrets_each():
    """A captured object hides all of its texts and numbers, but not true, false and null."""
    redactor = redactor_of({"token": "tok-12345", "codes": [987654], "ok": True, "none": None})
    assert redactor.clean("tok-12345 987654 true null") == "*** *** true null"


def test_an_empty_secret_hides_nothing():
    """An empty text occurs everywhere."""
    assert redactor_of("").clean("abc") == "abc"


@pytest.mark.parametrize(
    ("name", "value", "echoed"),
    [
        ("Authorization", "Bearer abcdefgh12345", "abcdefgh12345"),
        ("authorization", "Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
        ("Cookie", "theme=dark; session=abcdefgh12345", "abcdefgh12345"),
        ("Set-Cookie", "session=abcdefgh12345; Path=/v2/orders; HttpOnly", "abcdefgh12345"),
        ("X-Api-Key", "abcdefgh12345", "abcdefgh12345"),
    ],
)
def test_credentials_in_headers_are_secrets(name, value, echoed):
    """A server that echoes a credential does not bring it into a report."""
    redactor = Redactor()
    redactor.add_header(name, value)
    assert redactor.clean(f"/v2/orders dark HttpOnly <{echoed}>") == "/v2/orders dark HttpOnly <***>"
    assert redactor.header(name, value) == MASK


def test_other_headers_are_no_secrets():
    """Only headers that carry credentials are hidden."""
    redactor = Redactor()
    redactor.add_header("X-Request-Id", "abcdefgh12345")
    assert redactor.clean("abcdefgh12345") == "abcdefgh12345"
    assert redactor.header("X-Request-Id", "abcdefgh12345") == "abcdefgh12345"


def test_a_text_is_made_fit_for_terminals_and_logs():
    """Escape sequences, bidirectional overrides and lone surrogates are replaced; line breaks stay."""
    shown = Redactor().clean("a\r\nb\tc\x1b[31m\u202e\ud800\x00")
    assert shown == "a\nb\tc\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}?\N{REPLACEMENT CHARACTER}"
    assert shown.encode()


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ('pa"ss\\word', json.dumps(json.dumps('pa"ss\\word'))),
        ('pa"ss\\word', json.dumps(json.dumps(json.dumps('pa"ss\\word')))),
        ("line\nbreak-key", json.dumps(json.dumps("line\nbreak-key"))),
        ("grün-geheim", json.dumps(json.dumps("grün-geheim"))),
        ("abc+def/ghi=", "abc\\u002Bdef\\u002Fghi\\u003D"),
        ("abc+def/ghi=", "abc&#x2B;def&#x2f;ghi&#x3D;"),
        ("trailing\n", "it is trailing."),
        ("a\\\\b-secret", "a\\\\\\\\b-secret"),
    ],
)
def test_escapes_of_any_depth_hide_nothing(secret, text):
    """JSON in JSON, capital hex digits, and what templates of HTML write."""
    redactor = Redactor()
    redactor.add(secret)
    cleaned = redactor.clean(text)
    assert "***" in cleaned
    for part in re.findall(r"[A-Za-z]{3,}", secret):
        assert part not in cleaned, cleaned


def test_a_hostile_cookie_of_backslashes_costs_no_time():
    """However it is repeated in a text, nothing is looked at twice."""
    redactor = Redactor()
    redactor.add_header("Set-Cookie", "a=" + "\\x" * 200)
    redactor.add_header("Set-Cookie", "b=" + "\\" * 400)
    started = time.process_time()
    redactor.clean("\\" * 15_000 + "x")
    assert time.process_time() - started < 2

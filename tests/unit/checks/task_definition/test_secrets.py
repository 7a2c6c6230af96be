"""What is taken for a secret, by its format and by its name; and that it is never told."""

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import greenlight
from greenlight.checks import Outcome
from greenlight.checks.task_definition.secret_texts import arguments, secret_kind, sounds_secret
from tests.unit.checks.task_definition.conftest import ask

# Put together here, so that nobody's scanner takes this file for a leak.
BEGIN = "-----BEGIN "
PRIVATE = "PRIVATE KEY-----"
SECRETS = {
    "an AWS access key": ["AKIA" + "Q3EGTUSFZABCDEFG", "key=ASIA" + "Q3EGTUSFZABCDEFG;", "'AKIA" + "2222222222222222'"],
    "a private key": [
        BEGIN + PRIVATE + "\nMII",
        BEGIN + "RSA " + PRIVATE,
        BEGIN + "PGP PRIVATE KEY BLOCK-----",
        '{"private_key": "' + BEGIN + PRIVATE + '\\nMII"}',
        base64.b64encode((BEGIN + "RSA " + PRIVATE + "\nMIIEpAIBAAKCAQEA").encode()).decode(),
    ],
    "a JSON Web Token": ["eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.c2lnbmF0dXJl"],
    "a GitHub token": ["ghp_" + "a" * 36, "github_pat_" + "b" * 22, "Bearer gho_" + "c" * 36],
    "a GitLab token": ["glpat-" + "d" * 20],
    "a Slack token": ["xoxb-" + "123456789012-abc", "xapp-" + "1-A0123456789"],
    "a Slack webhook": ["https://hooks.slack.com/services/" + "T0123456/B0123456/abc"],
    "a Stripe key": ["sk_live_" + "e" * 24, "rk_live_" + "f" * 24, "whsec_" + "g" * 32],
    "an OpenAI key": ["sk-proj-" + "h" * 40],
    "an Anthropic key": ["sk-ant-" + "api03-" + "i" * 40],
    "a SendGrid key": ["SG." + "j" * 22 + "." + "k" * 43],
    "an npm token": ["npm_" + "l" * 36],
    "a PyPI token": ["pypi-AgE" + "m" * 60],
    "a URL with a password": [
        "postgres://orders:hunter2@db.example.com/orders",
        "redis://:hunter2@cache.example.com:6379",
        "amqp://guest:guest@rabbit:5672",
        "https://user:pa55@[2001:db8::1]/x",
    ],
    "a connection string with a password": [
        "Server=db;User Id=sa;Password=hunter2;",
        "jdbc:postgresql://db/orders?user=a&password=hunter2",
        "host=db password=hunter2",
        "addr=10.0.0.1,username=a,password=hunter2",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGVsbG8=",
    ],
}
HARMLESS = [
    "",
    "true",
    "15m",
    "AKIA",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "XAKIA" + "Q3EGTUSFZABCDEFG",
    "AKIA" + "Q3EGTUSFZABCDEFGH",
    BEGIN + "CERTIFICATE-----",
    base64.b64encode((BEGIN + "CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE").encode()).decode(),
    BEGIN + "PUBLIC KEY-----",
    "eyJhbGciOiJIUzI1NiJ9",
    "ghp_short",
    "sk_test_" + "e" * 24,
    "https://db.example.com:5432/orders",
    "https://key@o1.ingest.sentry.io/1",
    "postgres://orders:${DB_PASSWORD}@db/orders",
    "postgres://orders:{{password}}@db/orders",
    "postgres://orders:<password>@db/orders",
    "postgres://orders:***@db/orders",
    "amqp://guest:guest@localhost:5672",
    "redis://:x@127.0.0.1:6379",
    "http://[::1]:8080/a@b",
    "password=$PASSWORD",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders",
    "git@github.com:orders/orders.git",
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in SECRETS.items() for value in values])
def test_a_secret_is_known_by_its_format(kind, value):
    """Alone, and within a longer text."""
    assert kind == secret_kind(value)
    assert kind == secret_kind(f'{{"a": "{value}"}}') or value.startswith(("Server", "host", "addr", "Default"))


@pytest.mark.parametrize("value", HARMLESS)
def test_what_only_looks_like_one_is_none(value):
    """A gate that cries wolf is switched off."""
    assert secret_kind(value) is None


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "DB_PASS",
        "dbPassword",
        "db.password",
        "APP_SECRET",
        "SECRET",
        "SECRET_KEY_BASE",
        "SESSION_SECRETS",
        "TOKEN",
        "GITHUB_TOKEN",
        "ACCESS_TOKEN",
        "authToken",
        "API_KEY",
        "X_APIKEY",
        "apiKey",
        "PRIVATE_KEY",
        "SSH_PRIVATE_KEY_PASSPHRASE",
        "ENCRYPTION_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AZURE_CREDENTIALS",
        "NEW_RELIC_LICENSE_KEY",
        "splunk-token",
        "OAUTH2_CLIENT_SECRET",
        "API_KEYS",
    ],
)
def test_a_secret_is_known_by_its_name(name):
    """In whatever style it is written."""
    assert sounds_secret(name, "hunter2")


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD_FILE",
        "DB_PASSWORD_FILE",
        "SECRET_ARN",
        "DB_SECRET_NAME",
        "TOKEN_URL",
        "TOKEN_TTL",
        "TOKEN_EXPIRY_SECONDS",
        "API_KEY_HEADER",
        "SECRETS_MANAGER",
        "PASSWORD_MIN_LENGTH",
        "PASSWORD_ENCODER",
        "TOKEN_ISSUER",
        "AWS_ACCESS_KEY_ID",
        "TOKENIZER",
        "SECRETARY",
        "PWD",
        "OLDPWD",
        "PASSENGERS",
        "BYPASS_CACHE",
        "NEXT_PUBLIC_API_KEY",
        "STRIPE_PUBLISHABLE_KEY",
        "JWT_PUBLIC_KEY",
        "KEYBOARD",
        "MONKEY",
        "KEY",
        "CACHE_KEY",
        "HOME",
        "PASS_THROUGH",
        "COMPASS",
    ],
)
def test_a_name_that_is_about_a_secret_is_none(name):
    """Where it is, how long it lives, what it is called."""
    assert not sounds_secret(name, "hunter2")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "true",
        "No",
        "none",
        "3600",
        "4096",
        "15m",
        "1.5h",
        "80%",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/x",
        "/run/secrets/db",
        "./secret.txt",
        "ssm:/orders/db",
        "secretsmanager:orders",
        "https://vault.example.com/v1/secret",
        "${DB_PASSWORD}",
        "$DB_PASSWORD",
        "{{ password }}",
        "<password>",
        "***",
        "xxxx",
        "REDACTED",
    ],
)
def test_a_value_that_cannot_be_a_secret_makes_its_name_harmless(value):
    """A switch, a number, a place, or something to be filled in."""
    assert not sounds_secret("DB_PASSWORD", value)


CURE = "name it under `secrets` instead, and replace it: who may describe the task definition knows it"
KEY = SECRETS["an AWS access key"][0]


@pytest.mark.parametrize(
    ("container", "where"),
    [
        ({"environment": [{"name": "X", "value": KEY}]}, "the environment variable X"),
        ({"command": ["serve", f"--key={KEY}"]}, "part 2 of command"),
        ({"entryPoint": ["sh", "-c", f"KEY={KEY} serve"]}, "part 3 of entryPoint"),
        ({"healthCheck": {"command": ["CMD-SHELL", f"curl -u {KEY}"]}}, "healthCheck.command"),
        ({"dockerLabels": {"owner": KEY}}, "the label owner"),
        ({"logConfiguration": {"logDriver": "splunk", "options": {"splunk-x": KEY}}}, "the log option splunk-x"),
        ({"firelensConfiguration": {"type": "fluentbit", "options": {"x": KEY}}}, "the FireLens option x"),
    ],
)
def test_plaintext_secrets_are_looked_for_wherever_text_may_stand(world, container, where):
    """The variable is named, the kind is named, the value is not."""
    found = [f"app holds an AWS access key in {where}, in plain text; {CURE}"]
    assert found == world.found(container, rules=["plaintext_secrets"])


def test_a_volume_may_hold_a_password_too(world):
    """In the options of its driver."""
    options = {"type": "cifs", "o": "addr=10.0.0.1,username=a,password=hunter2"}
    volume = {"name": "share", "dockerVolumeConfiguration": {"driver": "local", "driverOpts": options}}
    assert [
        (
            "the task holds a connection string with a password in the option o of its volume share, in plain text; "
            "mount it with a helper that reads Secrets Manager, and replace it"
        )
    ] == world.found(rules=["plaintext_secrets"], volumes=[volume])


def test_secret_names(world):
    """A hint, so that it is a warning; what its format gives away already is not told twice."""
    variables = [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "API_TOKEN", "value": KEY}]
    container = {"environment": variables, "command": ["serve", "--admin-password=hunter2", "--port=80"]}
    cure = "in plain text, by its name a secret; name it under `secrets`, or say under `ignore` why it is none"
    assert [
        f"app has the environment variable DB_PASSWORD {cure}",
        f"app has the argument admin-password of command {cure}",
    ] == world.found(container, rules=["secret_names"])


def test_a_secret_of_a_known_format_fails_and_a_name_only_warns(world):
    """That is the default."""
    by_name = ask(world.create({"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}))
    assert (Outcome.PASSED, "secret_names") == (by_name.outcome, by_name.details["warnings"][0]["rule"])
    by_value = ask(world.create({"environment": [{"name": "DB", "value": "postgres://a:hunter2@db/x"}]}))
    assert (Outcome.FAILED, "plaintext_secrets") == (by_value.outcome, by_value.details["failures"][0]["rule"])


@pytest.mark.parametrize("value", [value for values in SECRETS.values() for value in values])
def test_no_secret_is_ever_told(world, value):
    """Neither where it is found nor where it is a difference."""
    places = {
        "environment": [{"name": "A_TOKEN", "value": value}],
        "command": [value, f"--password={value}"],
        "dockerLabels": {"a": value},
        "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": value}},
    }
    result = ask(world.release(world.register(), world.register(places)))
    assert Outcome.FAILED is result.outcome
    assert value not in repr(result)
    assert re.sub(r"\s", " ", value) not in repr(result)


@given(st.text(max_size=300) | st.from_regex(r"(://|eyJ|-----BEGIN |LS0tLS1CRUdJTi|password=)[\w.:@ -]{0,200}"))
def test_any_text_is_looked_through(text):
    """Nothing breaks on it, and what is said is a word from here."""
    assert secret_kind(text) in {None, *SECRETS}
    assert sounds_secret(text, text) in {True, False}
    for name, value in arguments([text]):
        assert text.endswith(f"{name}={value}")


PARTS = [
    "eyJ",
    "eyJabcdefgh.",
    "://a:",
    "://",
    ":",
    "a:b@",
    "LS0tLS1CRUdJTi",
    "password=",
    "SG.",
    "AKIA",
    "_-",
    "A",
    "0",
]
PATIENCE = """
import sys
from greenlight.checks.task_definition.secret_texts import arguments, secret_kind, sounds_secret
for part in sys.argv[1:]:
    text = part * (2**18 // len(part))
    secret_kind(text), sounds_secret(text, text), list(arguments([text]))
"""


def test_long_texts_take_no_longer_than_their_length():
    """Of a quarter megabyte of what nobody would write; time in proportion to its square would be minutes."""
    folder = Path(greenlight.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", PATIENCE, *PARTS], env={"PYTHONPATH": str(folder)}, timeout=60, check=False
    )
    assert 0 == done.returncode

"""What a secret looks like: by the format of a value, which is certain, and by the name of a variable, which is a hint.

The values are never handed back. All expressions take time in proportion to the text: each begins where no longer one
can begin, or goes over characters that its beginning cannot consist of.
"""

import base64
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_AWS_ACCESS_KEY: Final = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])")
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY")
# "-----BEGIN " in base64, with what follows; the rest of a key is not needed to tell what it is.
_ENCODED_KEY: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{1,90}")
_URL_WITH_PASSWORD: Final = re.compile(
    r"(?<!docker)(?<!docker-pullable)(?<!oci)://[^\s/?#@:]{0,255}:([^\s/?#@]+)@([^\s/?#:]*)"
)
_PASSWORD_IN_STRING: Final = re.compile(
    r"(?:^|[?&;,\s])(?:password|passwd|pwd|accountkey|sharedaccesskey)\s?=\s?([^&;\s]+)", re.IGNORECASE
)

# https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
# https://docs.gitlab.com/security/tokens/#token-prefixes
# https://docs.slack.dev/authentication/tokens
# https://docs.stripe.com/keys
_TOKENS: Final = tuple(
    (kind, re.compile(rf"(?<![\w-]){expression}"))
    for kind, expression in (
        ("a JSON Web Token", r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
        ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22})"),
        ("a GitLab token", r"glpat-[\w-]{20}"),
        ("a Slack token", r"(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{10}"),
        ("a Slack webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{6,12}/"),
        ("a Stripe key", r"(?:[sr]k_live_[A-Za-z0-9]{16}|whsec_[A-Za-z0-9+/]{20})"),
        ("an OpenAI key", r"sk-(?:proj|svcacct|admin)-[\w-]{20}"),
        ("an Anthropic key", r"sk-ant-[\w-]{20}"),
        ("a SendGrid key", r"SG\.[\w-]{16,32}\.[\w-]{32}"),
        ("an npm token", r"npm_[A-Za-z0-9]{36}"),
        ("a PyPI token", r"pypi-AgE[\w-]{50}"),
    )
)

# Filled in later, by a shell, a template or a person.
_PLACEHOLDER: Final = re.compile(r"\$|\{\{|<|%[({sA-Z]|\*{3}|x{3,}$|X{3,}$|\.\.\.|REDACTED|redacted")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[", ""})
_DOCUMENTED: Final = "EXAMPLE"  # AWS's documentation ends its keys with it, and they open nothing


def secret_kind(value: str) -> str | None:
    """Say what kind of secret a value holds, by its format; None where it holds none of a known format."""
    if any(not found[0].endswith(_DOCUMENTED) for found in _AWS_ACCESS_KEY.finditer(value)):
        return "an AWS access key"
    if _PRIVATE_KEY.search(value) or any(map(_is_private_key, _ENCODED_KEY.findall(value))):
        return "a private key"
    kind = next((kind for kind, expression in _TOKENS if expression.search(value)), None)
    if kind is None and any(_opens(found[1], found[2]) for found in _URL_WITH_PASSWORD.finditer(value)):
        return "a URL with a password"
    if kind is None and any(_opens(found[1]) for found in _PASSWORD_IN_STRING.finditer(value)):
        return "a connection string with a password"
    return kind


def _is_private_key(encoded: str) -> bool:
    whole = encoded[: len(encoded) // 4 * 4]
    return _PRIVATE_KEY.search(base64.b64decode(whole).decode("ascii", "replace")) is not None


def _opens(password: str, host: str = "elsewhere") -> bool:
    """Tell whether a password opens something that is not in the same task."""
    return not _PLACEHOLDER.match(password) and host not in _LOCAL


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ANYWHERE: Final = ("PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "PRIVATEKEY", "ACCESSKEY", "SECRETKEY")
_WORD: Final = frozenset({"SECRET", "SECRETS", "TOKEN", "TOKENS", "PWD"})
_KEYS: Final = frozenset({"API", "PRIVATE", "ACCESS", "ENCRYPTION", "SIGNING", "AUTH", "LICENSE", "MASTER", "ACCOUNT"})
_PUBLIC: Final = frozenset({"PUBLIC", "PUBLISHABLE"})
# What these end is about a secret, and not one.
_ABOUT: Final = re.compile(
    r"ADDRESS|AGE|ALG|ALGORITHM|ARN|ATTEMPTS|AUDIENCE|BACKEND|BUCKET|CACHE|CLASS|COOKIE|COUNT|DAYS|DIR|DIRECTORY|DURATION|"
    r"ENABLED|ENCODER|ENDPOINT|EXPIRATION|EXPIRES|EXPIRY|FIELD|FILE|FILENAME|FORMAT|HASHER|HEADER|HOST|HOURS|ID|INTERVAL|"
    r"ISSUER|KIND|LABEL|LENGTH|LIFETIME|LIMIT|LOCATION|MANAGER|MAX|METHOD|MIN|MINUTES|MODE|NAME|NAMESPACE|PARAM|"
    r"PARAMETER|PATH|PATTERN|POLICY|PORT|PREFIX|PROVIDER|PROVIDERS|REGION|REQUIRED|ROTATION|ROUNDS|RULES|SCOPE|SCOPES|"
    r"SECONDS|SERVICE|SIZE|SOURCE|STORE|STRATEGY|SUFFIX|TABLE|TEMPLATE|TIMEOUT|TTL|TYPE|URI|URL|USER|USERNAME|VALIDITY|"
    r"VERSION"
)
_HARMLESS: Final = re.compile(
    r"(?i:true|false|yes|no|on|off|none|null|nil|enabled|disabled|required|optional)?"
    r"|[-+]?[0-9][0-9.,_]{0,15} ?(?:ms|s|m|h|d|[kmg]i?b?|seconds|minutes|hours|days|%)?"
    r"|(?:arn|ssm|secretsmanager|vault|file|env):.*"
    r"|[~.]{0,2}/.*"  # a file, or a parameter of the Parameter Store
    r"|[A-Za-z][A-Za-z0-9+.-]{1,30}://.*",  # with a password, it is found by its format
    re.DOTALL,
)


def sounds_secret(name: str, value: str) -> bool:
    """Tell whether a variable sounds like a secret, and its value could be one."""
    return _is_secret_name(name) and not _HARMLESS.fullmatch(value) and not _PLACEHOLDER.match(value)


def _is_secret_name(name: str) -> bool:
    words = [word.upper() for word in _WORDS.findall(name)]
    if not words or _ABOUT.fullmatch(words[-1]) or _PUBLIC & set(words):
        return False
    return (
        any(part in word for word in words for part in _ANYWHERE)
        or (len(words) > 1 and not _WORD.isdisjoint(words))
        or words in (["TOKEN"], ["SECRET"], ["SECRETS"])
        or (len(words) > 1 and words[-1] == "PASS")
        or any(first in _KEYS and second in {"KEY", "KEYS"} for first, second in pairwise(words))
    )


_ARGUMENT: Final = re.compile(r"-{0,2}([A-Za-z][\w.-]{0,100})=(.+)", re.DOTALL)


def arguments(command: list[str]) -> Iterator[tuple[str, str]]:
    """Give name and value of arguments such as ``--password=…``."""
    for argument in command:
        match = _ARGUMENT.fullmatch(argument)
        if match:
            yield match[1], match[2]

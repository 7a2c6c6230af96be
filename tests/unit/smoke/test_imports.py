"""What the smoke engine imports: it stands between a cold start and the first request."""

import subprocess
import sys

import pytest

ALLOWED = {
    "greenlight",
    "requests",
    "urllib3",
    "certifi",
    "idna",
    "charset_normalizer",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
    "yaml",
    "re2",
    "jmespath",
}
# Picked up by urllib3 and requests where they are installed, which they are not in the layer.
OPTIONAL = {
    "brotli",
    "brotlicffi",
    "cffi",
    "chardet",
    "zstandard",
    "socks",
    "simplejson",
    "OpenSSL",
    "cryptography",
    "backports",
    "cython_runtime",
}


@pytest.fixture(scope="module")
def imported():
    """The modules that a fresh interpreter holds after importing the engine."""
    code = "import sys; before = set(sys.modules); import greenlight.smoke; print(*set(sys.modules) - before)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_no_other_library_is_imported(imported):
    """No AWS, no Powertools, no JSON Schema; what requests and urllib3 pick up where it is installed is theirs."""
    libraries = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) - ALLOWED - OPTIONAL
    assert {name for name in libraries if not name.startswith("_") and not name.endswith("__mypyc")} == set()


def test_nothing_above_the_engine_is_imported(imported):
    """Imports point one way."""
    parts = {name.split(".")[1] for name in imported if name.startswith("greenlight.")}
    assert parts == {"bounded", "clock", "documents", "endpoint", "smoke"}

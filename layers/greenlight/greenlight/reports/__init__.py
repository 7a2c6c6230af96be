"""The reports: what a verdict rests on, as JSON for programs, JUnit XML for CI systems and HTML for people.

The JSON document is the source of the other two. Whatever is in it has been cleaned of secrets before.
"""

from greenlight.reports.document import FORMAT, Facts, of_suite, of_verdict
from greenlight.reports.earlier import with_earlier
from greenlight.reports.junit import to_junit
from greenlight.reports.page import to_html
from greenlight.reports.plain import to_json
from greenlight.reports.storing import Key, Stored, store

__all__ = [
    "FORMAT",
    "Facts",
    "Key",
    "Stored",
    "of_suite",
    "of_verdict",
    "store",
    "to_html",
    "to_json",
    "to_junit",
    "with_earlier",
]

"""The shape of a report, for one that is read back: it was stored elsewhere in between, and may be anything by now."""

from greenlight.reports.document import FORMAT
from greenlight.reports.evidence import MEASURES, OUTCOMES
from greenlight.reports.shapes import count, many, maybe, number, one_of, pair, record, text, tree, truth

_SEVERITY = one_of(("required", "warning"))
_OUTCOME = one_of(OUTCOMES)
_ASSERTION = record(subject=text, expected=text, actual=text, passed=truth, severity=_SEVERITY)
_ATTEMPT = record(
    outcome=_OUTCOME,
    started=maybe(number),
    seconds=maybe(number),
    status=maybe(count),
    headers=many(pair),
    body=text,
    fault=maybe(record(kind=text, text=text)),
    assertions=many(_ASSERTION),
)
_LATENCY = maybe(number)
_REPETITION = record(
    passed=count,
    failed=count,
    errors=count,
    percentiles=record(**dict.fromkeys(MEASURES, _LATENCY)),
    seconds=many(_LATENCY),
)
_COMPARISON = record(
    blue_url=text,
    blue_status=maybe(count),
    blue_seconds=_LATENCY,
    green_seconds=_LATENCY,
    differences=many(record(path=text, blue=text, green=text)),
    more=count,
    no_baseline=text,
)
_STEP = record(
    name=text,
    request=text,
    url=text,
    outcome=_OUTCOME,
    why=text,
    note=text,
    tries=count,
    assertions=many(_ASSERTION),
    repetition=maybe(_REPETITION),
    comparison=maybe(_COMPARISON),
    attempts=many(_ATTEMPT),
)
_TEST = record(
    name=text,
    outcome=_OUTCOME,
    severity=_SEVERITY,
    tags=many(text),
    why=text,
    note=text,
    earlier=truth,
    seconds=maybe(number),
    steps=many(_STEP),
)
_SUITE = record(
    name=text,
    outcome=one_of(("passed", "failed", "error", "skipped")),
    reason=text,
    seconds=maybe(number),
    url=text,
    blue_url=text,
    counts=record(**dict.fromkeys(OUTCOMES, count)),
    unfinished=count,
    identity=maybe(_TEST),
    setup=maybe(_TEST),
    tests=many(_TEST),
)
_CHECK = record(
    name=text,
    kind=text,
    outcome=one_of(("passed", "failed", "inconclusive", "error", "skipped")),
    summary=text,
    seconds=maybe(number),
    blocking=truth,
    severity=_SEVERITY,
    dry_run=truth,
    fresh=truth,
    errors_in_a_row=count,
    details=tree,
    suite=maybe(_SUITE),
)
DOCUMENT = record(
    format=one_of((FORMAT,)),
    verdict=record(
        status=maybe(one_of(("SUCCEEDED", "FAILED", "IN_PROGRESS"))),
        outcome=one_of(("passed", "failed", "waiting", "error", "skipped")),
        reason=text,
        callback_seconds=maybe(count),
    ),
    facts=tree,
    generated=text,
    greenlight=text,
    checks=many(_CHECK),
)

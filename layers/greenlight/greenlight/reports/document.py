"""The report as one JSON document, of which every other form is made. docs/reports.md describes it for readers."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from greenlight import __version__, clock
from greenlight.gates import HookStatus, Record, Verdict
from greenlight.reports.evidence import suite_evidence
from greenlight.reports.plain import plain, seconds, whole
from greenlight.smoke import SuiteResult

FORMAT: Final = "greenlight-report/1"

_OUTCOMES: Final = {
    HookStatus.SUCCEEDED: "passed",
    HookStatus.FAILED: "failed",
    HookStatus.IN_PROGRESS: "waiting",
}
_TOLD_BY_THE_EVIDENCE: Final = frozenset({"suite", "tests", "not_passed"})


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a report is about; whatever is not known stays None and is left out.

    Attributes:
        service: What people call the service.
        deployment: Identifier of the service deployment.
        stage: The lifecycle stage, as ECS writes it.
        attempt: Number of this call of the stage's hook, from 1.
        direction: Whether the deployment goes on or back.
        green: The service revision that is judged.
        gates: Where the gates file comes from.
        invoked_by: Who asked: ECS's execution, or a person.
        suite: The suite's file, on the command line.
        url: Where the requests went, on the command line.
        blue_url: Where blue was asked, on the command line.
    """

    service: str | None = None
    deployment: str | None = None
    stage: str | None = None
    attempt: int | None = None
    direction: str | None = None
    green: str | None = None
    gates: str | None = None
    invoked_by: str | None = None
    suite: str | None = None
    url: str | None = None
    blue_url: str | None = None


def of_verdict(verdict: Verdict, facts: Facts) -> dict[str, Any]:
    """Make the report of a hook's verdict."""
    told = {
        "status": str(verdict.status),
        "outcome": _OUTCOMES[verdict.status],
        "reason": whole(verdict.reason),
        "callback_seconds": verdict.delay,
    }
    return _document(told, facts, [_check(record) for record in verdict.records])


def of_suite(result: SuiteResult, facts: Facts) -> dict[str, Any]:
    """Make the report of a suite that was run from the command line, where there is no hook to answer."""
    evidence = suite_evidence(result, result.reason)
    outcome, reason = evidence["outcome"], evidence["reason"]
    told = {"status": None, "outcome": outcome, "reason": reason, "callback_seconds": None}
    check = {
        "name": evidence["name"],
        "kind": "smoke",
        "outcome": outcome,
        "summary": reason,
        "seconds": evidence["seconds"],
        "blocking": True,
        "severity": "required",
        "dry_run": False,
        "fresh": True,
        "errors_in_a_row": 0,
        "details": {},
        "suite": evidence,
    }
    return _document(told, facts, [check])


def _document(verdict: dict[str, Any], facts: Facts, checks: list[dict[str, Any]]) -> dict[str, Any]:
    known = {field.name: plain(getattr(facts, field.name)) for field in fields(facts)}
    return {
        "format": FORMAT,
        "verdict": verdict,
        "facts": {name: value for name, value in known.items() if value not in (None, "")},
        "generated": datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "greenlight": __version__,
        "checks": checks,
    }


def _check(record: Record) -> dict[str, Any]:
    settings = record.named.check.settings
    evidence = record.result.evidence
    details = plain(record.result.details)
    if evidence is not None:
        details = {key: value for key, value in details.items() if key not in _TOLD_BY_THE_EVIDENCE}
    return {
        "name": whole(record.named.name),
        "kind": record.named.check.kind,
        "outcome": str(record.result.outcome),
        "summary": whole(record.result.summary),
        "seconds": seconds(record.seconds),
        "blocking": record.blocking,
        "severity": settings.severity,
        "dry_run": settings.dry_run,
        "fresh": record.fresh,
        "errors_in_a_row": record.progress.errors,
        "details": details,
        "suite": evidence and suite_evidence(evidence, record.result.summary),
    }

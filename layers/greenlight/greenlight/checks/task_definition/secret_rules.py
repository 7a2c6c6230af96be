"""Rules about secrets. What a variable holds is looked at and never told."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight.checks.task_definition.definition import Definition, name_of, pairs, records, shown, texts
from greenlight.checks.task_definition.findings import Finding, of_container
from greenlight.checks.task_definition.secret_texts import arguments, secret_kind, sounds_secret

_COMMANDS: Final = ("entryPoint", "command")
_ARN_PARTS: Final = 6  # arn:partition:service:region:account:resource


def plaintext_secrets(definition: Definition) -> Iterator[Finding]:
    """Find values that are secrets by their format."""
    for container in definition.containers:
        for what, subject, value in (*_named_values(container), *_arguments(container)):
            if kind := secret_kind(value):
                found = f"holds {kind} in {what}, in plain text"
                cure = "name it under `secrets` instead, and replace it: who may describe the task definition knows it"
                yield of_container(container, "plaintext_secrets", found, cure, subject)
    for volume in records(definition.task, "volumes"):
        for option, value in pairs(volume.get("dockerVolumeConfiguration") or {}, "driverOpts").items():
            if kind := secret_kind(value):
                found = (
                    f"holds {kind} in the option {shown(option)} of its volume {shown(name_of(volume))}, in plain text"
                )
                cure = "mount it with a helper that reads Secrets Manager, and replace it"
                yield Finding("plaintext_secrets", None, found, cure, name_of(volume))


def secret_names(definition: Definition) -> Iterator[Finding]:
    """Find values that are secrets by their name, and are not found by their format already."""
    for container in definition.containers:
        named = (
            (f"the argument {shown(name)} of {key}", name, value)
            for key in _COMMANDS
            for name, value in arguments(list(texts(container, key)))
        )
        for what, subject, value in (*_named_values(container), *named):
            if sounds_secret(subject, value) and not secret_kind(value):
                found = f"has {what} in plain text, by its name a secret"
                cure = "name it under `secrets`, or say under `ignore` why it is none"
                yield of_container(container, "secret_names", found, cure, subject)


def foreign_secrets(definition: Definition) -> Iterator[Finding]:
    """Find secrets of another account or region: often the environment that a definition was copied from."""
    here = definition.arn.split(":")
    for container in definition.containers:
        for secret in (*records(container, "secrets"), *records(_log(container), "secretOptions")):
            place = str(secret.get("valueFrom") or "").split(":", _ARN_PARTS - 1)
            if len(place) < _ARN_PARTS or len(here) < _ARN_PARTS:
                continue
            for kind, theirs, ours in (("account", place[4], here[4]), ("region", place[3], here[3])):
                if theirs and theirs != ours:
                    name = name_of(secret)
                    found = f"takes the secret {shown(name)} from another {kind} ({shown(theirs)})"
                    cure = f"name one of {kind} {shown(ours)}, or say under `ignore` that it is meant"
                    yield of_container(container, "foreign_secrets", found, cure, name)


def _named_values(container: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give every named value: what to call it, its name, and the value."""
    for variable in records(container, "environment"):
        name = name_of(variable)
        yield f"the environment variable {shown(name)}", name, str(variable.get("value") or "")
    for holder, options in (
        ("log", _log(container)),
        ("FireLens", container.get("firelensConfiguration") or {}),
    ):
        for name, value in pairs(options, "options").items():
            yield f"the {holder} option {shown(name)}", name, value
    for name, value in pairs(container, "dockerLabels").items():
        yield f"the label {shown(name)}", name, value


def _arguments(container: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key in _COMMANDS:
        for number, argument in enumerate(texts(container, key), start=1):
            yield f"part {number} of {key}", key, argument
    for argument in texts(container.get("healthCheck") or {}, "command"):
        yield "healthCheck.command", "healthCheck", argument


def _log(container: Mapping[str, Any]) -> Mapping[str, Any]:
    log: Mapping[str, Any] = container.get("logConfiguration") or {}
    return log

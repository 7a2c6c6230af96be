"""Whether somebody else writes the service's configuration, and would write over the hooks."""

from collections.abc import Iterator

from greenlight_cli.doctor.finding import Finding, warning
from greenlight_cli.doctor.subject import Subject


def look_at_owner(subject: Subject) -> Iterator[Finding]:
    """Look at the tags that infrastructure tools leave; hooks are about to be attached."""
    stack, terraform = subject.cloudformation, subject.terraform
    if stack:
        yield warning(
            "service",
            f"it belongs to the CloudFormation stack {stack}, whose next update of the service may take the hooks away",
            "put them into its template, too: greenlight snippet --format cloudformation",
        )
    elif terraform:
        yield warning(
            "service",
            f"its tag {terraform} hints at Terraform, whose next apply takes the hooks away",
            "put them into its configuration, too: greenlight snippet --format terraform",
        )


def remarks_of_owner(subject: Subject) -> Iterator[str]:
    """Look at the same tags; hooks are about to be taken away, and may come back."""
    if subject.cloudformation:
        yield (
            f"the service belongs to the CloudFormation stack {subject.cloudformation}; where its template has the hooks, take "
            "them out there, or its next update brings them back"
        )
    elif subject.terraform:
        yield (
            f"the service's tag {subject.terraform} hints at Terraform; where its configuration has the hooks, take them out "
            "there, or its next apply brings them back"
        )

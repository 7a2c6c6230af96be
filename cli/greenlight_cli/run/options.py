"""What the command line of ``greenlight run`` asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options as they were given; see ``greenlight run --help``.

    Attributes:
        suite: File of the suite; ``-`` is standard input.
        url: Where the requests go.
        blue_url: Where blue is, for comparison.
        host: Instead of the suite's ``target.host``.
        tags: Only tests with one of these; none means all.
        json: File for the report as JSON; ``-`` is standard output, as for the other reports.
        junit: File for the report as JUnit XML.
        html: File for the report as a page.
        concurrency: Instead of the suite's.
        variables: Names and values, as written.
        secrets: Names of secrets, and of the environment variables that hold them.
        ca_bundle: File with the authorities to trust.
        deadline: How long the run may take, as written.
        quiet: Whether only failures and the verdict are told.
        no_color: Whether the output is to be plain even in a terminal.
    """

    suite: str
    url: str
    blue_url: str | None = None
    host: str | None = None
    tags: tuple[str, ...] = ()
    json: str | None = None
    junit: str | None = None
    html: str | None = None
    concurrency: int | None = None
    variables: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    ca_bundle: str | None = None
    deadline: str = "15m"
    quiet: bool = False
    no_color: bool = False

    @property
    def reports(self) -> dict[str, str]:
        """Return the file of each report that is wanted, by its form."""
        wanted = {"json": self.json, "junit": self.junit, "html": self.html}
        return {form: path for form, path in wanted.items() if path is not None}

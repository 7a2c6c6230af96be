"""The command line of the rehearsal."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal import demo_app
from rehearsal.controller.plan import STAGES_WITH_HOOKS
from rehearsal.controller.reply import DetailsMode
from rehearsal.controller.settings import Settings
from rehearsal.controller.strategy import BLUE_GREEN, CANARY, LINEAR, STRATEGIES, StrategyNumbersError
from rehearsal.world.users import DEFAULT_PATH

FLAKY = "flaky"
ROOT = Path(__file__).resolve().parent.parent
GATES = Path(__file__).resolve().parent / "gates" / "orders.yaml"

_DESCRIPTION = """\
Play a whole Amazon ECS blue/green deployment on this machine: real HTTP servers, a load balancer, an AWS API, a
stand-in for the ECS deployment controller, and the hook functions of template.yaml. The service is created with
version 1, then version 2 is deployed over it."""

_EXAMPLES = """\
examples:
  python -m rehearsal
      a deployment that goes well
  python -m rehearsal --fault http-500
      green answers 500: the hooks find it, and the deployment goes back
  python -m rehearsal --fault flaky --speed 10
      connections break at first, on a clock that runs ten times as fast as the one on the wall
  python -m rehearsal --gates my/gates.yaml --green 'python app.py --port {port}'
      your gates and your application as version 2; a URL such as http://127.0.0.1:8080 does too
  python -m rehearsal --strategy CANARY --canary-percent 10 --users 120 --fault errors-10-percent
      a canary of a version that fails one customer in ten, who are 120 a minute; the smoke tests are none of them
  python -m rehearsal --hook POST_TEST_TRAFFIC_SHIFT=my_hooks:check --details replace
      a hook of yours besides, with hookDetails replaced instead of merged
  python -m rehearsal --lambda-endpoint http://127.0.0.1:3001 --sam-template .aws-sam/build/template.yaml \\
      --bind 0.0.0.0 --public-host host.docker.internal
      the hooks in Lambda's own container, behind sam local start-lambda

The last line of the output is "deployment STATUS"; where that is not SUCCESSFUL, the line above says why.
Exit code: 0 deployment SUCCESSFUL, 1 any other end, 2 the rehearsal could not be set up."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asks for; see ``--help``.

    Attributes:
        fault: What is wrong with green, or with the way there; None for nothing.
        gates: The gates file.
        inline: Whether the hooks get the gates file itself instead of its path.
        blue: URL or command of version 1; None for the built-in application.
        green: URL or command of version 2.
        hooks: Further hooks: stage and ``module:function``.
        details: What becomes of returned hookDetails.
        strategy: BLUE_GREEN, LINEAR or CANARY.
        step_percent: Percent of production traffic in each step of LINEAR.
        step_bake_minutes: Simulated minutes between them.
        canary_percent: Percent of production traffic in the first step of CANARY.
        canary_bake_minutes: Simulated minutes until the second.
        bake_minutes: Simulated minutes that blue goes on after green has all traffic.
        users: Requests of users to the production listener in a simulated minute.
        users_path: What they GET.
        parameters: Parameters of the template: name and value.
        create: ``quietly``, ``only`` or ``skip``.
        speed: Simulated seconds in a real one.
        template: The SAM template that declares the functions.
        lambda_endpoint: Where the functions run; None for this process.
        sam_template: Template that ``sam local start-lambda`` is to get a copy of.
        bind: Address that the servers listen on.
        public_host: Host under which containers reach them.
        plain: Whether lines are wanted even in a terminal.
        log: File for what the hooks write.
        show_api: Whether to tell where the AWS API listens.
    """

    fault: str | None = None
    gates: Path = GATES
    inline: bool = False
    blue: str | None = None
    green: str | None = None
    hooks: tuple[tuple[str, str], ...] = ()
    details: DetailsMode = DetailsMode.MERGE
    strategy: str = BLUE_GREEN
    step_percent: float = Settings.step_percent
    step_bake_minutes: int = int(Settings.step_bake_minutes)
    canary_percent: float = Settings.canary_percent
    canary_bake_minutes: int = int(Settings.canary_bake_minutes)
    bake_minutes: int = int(Settings.bake_minutes)
    users: int = 0
    users_path: str = DEFAULT_PATH
    parameters: tuple[tuple[str, str], ...] = ()
    create: str = "quietly"
    speed: float = 60
    template: Path = ROOT / "template.yaml"
    lambda_endpoint: str | None = None
    sam_template: Path | None = None
    bind: str = "127.0.0.1"
    public_host: str | None = None
    plain: bool = False
    log: Path | None = None
    show_api: bool = False

    def settings(self) -> Settings:
        """Return how deployments go.

        Raises:
            StrategyNumbersError: When ECS would refuse a number.
        """
        return Settings(
            strategy=self.strategy,
            step_percent=self.step_percent,
            step_bake_minutes=self.step_bake_minutes,
            canary_percent=self.canary_percent,
            canary_bake_minutes=self.canary_bake_minutes,
            bake_minutes=self.bake_minutes,
            details_mode=self.details,
        )


def parse_arguments(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; the process ends with code 2 where it makes no sense.

    Args:
        arguments: The command line; that of the process when None.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.green and given.fault in demo_app.FAULTS:
        parser.error(f"--fault {given.fault} breaks the built-in application; leave out --green, or the fault")
    if given.sam_template and not given.lambda_endpoint:
        parser.error("--sam-template goes with --lambda-endpoint")
    for name, strategy in _NUMBERS_OF.items():
        if hasattr(given, name) and given.strategy != strategy:
            parser.error(f"--{name.replace('_', '-')} goes with --strategy {strategy}")
    options = Options(
        **{
            **vars(given),
            "hooks": tuple(given.hooks),
            "parameters": tuple(given.parameters),
            "details": DetailsMode(given.details),
            # Functions in a container see none of this machine's files.
            "inline": given.inline or given.lambda_endpoint is not None,
        }
    )
    try:
        options.settings()
    except StrategyNumbersError as error:
        parser.error(str(error))
    return options


_NUMBERS_OF = {
    "step_percent": LINEAR,
    "step_bake_minutes": LINEAR,
    "canary_percent": CANARY,
    "canary_bake_minutes": CANARY,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    scene = parser.add_argument_group("what is deployed")
    scene.add_argument(
        "--fault",
        choices=[*demo_app.FAULTS, FLAKY],
        help="what is wrong with version 2; flaky: the first connections to the test listener break",
    )
    scene.add_argument("--blue", metavar="URL|COMMAND", help="version 1, instead of the built-in application")
    scene.add_argument("--green", metavar="URL|COMMAND", help="version 2; a command listens on {port}, or on $PORT")
    create = scene.add_mutually_exclusive_group()
    create.add_argument(
        "--no-create",
        dest="create",
        action="store_const",
        const="skip",
        help="let version 1 run from the start, without a deployment of its own",
    )
    create.add_argument(
        "--create-only",
        dest="create",
        action="store_const",
        const="only",
        help="create the service with version 2; there is no version 1",
    )
    _add_traffic(parser.add_argument_group("how production traffic moves"))
    hooks = parser.add_argument_group("what guards it")
    hooks.add_argument(
        "--gates", type=Path, metavar="FILE", default=GATES, help="the gates file (default: that of the demo)"
    )
    hooks.add_argument("--inline", action="store_true", help="hand the hooks the gates file itself, not its path")
    hooks.add_argument(
        "--hook",
        dest="hooks",
        type=_hook,
        action="append",
        metavar="STAGE=MODULE:FUNCTION",
        help="a hook of yours besides; may be repeated",
    )
    hooks.add_argument(
        "--details",
        choices=[mode.value for mode in DetailsMode],
        default=DetailsMode.MERGE.value,
        help="what ECS does with hookDetails that a hook returns; nobody knows for sure (default: merge)",
    )
    hooks.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        default=Options.template,
        help="the SAM template that declares the functions (default: that of this repository)",
    )
    hooks.add_argument(
        "--parameter",
        dest="parameters",
        type=_parameter,
        action="append",
        metavar="NAME=VALUE",
        help="a parameter of the template, instead of its default; may be repeated",
    )
    where = parser.add_argument_group("where the hooks run")
    where.add_argument(
        "--lambda-endpoint", metavar="URL", help="such as sam local start-lambda (default: in this process)"
    )
    where.add_argument(
        "--sam-template",
        type=Path,
        metavar="FILE",
        help=(
            "write a copy of this (built) template for sam local start-lambda, whose functions talk to the "
            "rehearsal's AWS API, and wait for the endpoint"
        ),
    )
    where.add_argument(
        "--bind", metavar="ADDRESS", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    where.add_argument(
        "--public-host", metavar="HOST", help="host under which containers reach it (default: the address)"
    )
    output = parser.add_argument_group("how it is shown")
    output.add_argument(
        "--speed",
        type=_speed,
        default=Options.speed,
        help="seconds of the rehearsal in one real second; waiting gets shorter, work does not (default: 60)",
    )
    output.add_argument("--plain", action="store_true", help="a line for each event, as where there is no terminal")
    output.add_argument(
        "--show-api", action="store_true", help="tell where the AWS API listens, for commands of yours while hooks wait"
    )
    output.add_argument("--log", type=Path, metavar="FILE", help="keep what the hooks write")
    parser.set_defaults(create="quietly", hooks=[], parameters=[])
    return parser


# add_argument_group's type has a private name.
def _add_traffic(traffic: Any) -> None:
    traffic.add_argument(
        "--strategy", choices=STRATEGIES, default=BLUE_GREEN, help="the deployment strategy (default: %(default)s)"
    )
    numbers: tuple[tuple[str, type[float], str], ...] = (
        ("step-percent", float, "of LINEAR: how much each step moves (default: 10)"),
        ("step-bake-minutes", int, "of LINEAR: simulated minutes between two steps (default: 6)"),
        ("canary-percent", float, "of CANARY: how much the first step moves (default: 5)"),
        ("canary-bake-minutes", int, "of CANARY: simulated minutes until the second step (default: 10)"),
        ("bake-minutes", int, "simulated minutes that version 1 goes on afterwards (default: 0)"),
    )
    for name, kind, told in numbers:
        traffic.add_argument(f"--{name}", type=kind, default=argparse.SUPPRESS, metavar="N", help=told)
    traffic.add_argument(
        "--users",
        type=_users,
        default=0,
        metavar="N",
        help="requests of users to the production listener in a simulated minute (default: none)",
    )
    traffic.add_argument(
        "--users-path", metavar="PATH", default=DEFAULT_PATH, help="what the users GET (default: %(default)s)"
    )


def _hook(text: str) -> tuple[str, str]:
    stage, equals, reference = text.partition("=")
    if not equals or ":" not in reference:
        raise argparse.ArgumentTypeError(f'"{text}" is not STAGE=module:function')
    if stage not in STAGES_WITH_HOOKS:
        raise argparse.ArgumentTypeError(f'no hook attaches to "{stage}"; choose of {", ".join(STAGES_WITH_HOOKS)}')
    return stage, reference


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f'"{text}" is not NAME=VALUE')
    return name, value


def _users(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f'"{text}" is no number of requests')
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number') from error
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"the speed must be above 0, got {text}")
    return speed

"""The command line of the rehearsal."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal import demo_app
from rehearsal.controller.plan import STAGES_WITH_HOOKS
from rehearsal.controller.reply import DetailsMode

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
        create: ``quietly``, ``only`` or ``skip``.
        speed: Simulated seconds in a real one.
        template: The SAM template that declares the functions.
        lambda_endpoint: Where the functions run; None for this process.
        sam_template: Template that ``sam local start-lambda`` is to get a copy of.
        bind: Address that the servers listen on.
        public_host: Host under which containers reach them.
        plain: Whether lines are wanted even in a terminal.
        log: File for what the hooks write.
    """

    fault: str | None = None
    gates: Path = GATES
    inline: bool = False
    blue: str | None = None
    green: str | None = None
    hooks: tuple[tuple[str, str], ...] = ()
    details: DetailsMode = DetailsMode.MERGE
    create: str = "quietly"
    speed: float = 60
    template: Path = ROOT / "template.yaml"
    lambda_endpoint: str | None = None
    sam_template: Path | None = None
    bind: str = "127.0.0.1"
    public_host: str | None = None
    plain: bool = False
    log: Path | None = None


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
    return Options(
        **{
            **vars(given),
            "hooks": tuple(given.hooks),
            "details": DetailsMode(given.details),
            # Functions in a container see none of this machine's files.
            "inline": given.inline or given.lambda_endpoint is not None,
        }
    )


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
    output.add_argument("--log", type=Path, metavar="FILE", help="keep what the hooks write")
    parser.set_defaults(create="quietly", hooks=[])
    return parser


def _hook(text: str) -> tuple[str, str]:
    stage, equals, reference = text.partition("=")
    if not equals or ":" not in reference:
        raise argparse.ArgumentTypeError(f'"{text}" is not STAGE=module:function')
    if stage not in STAGES_WITH_HOOKS:
        raise argparse.ArgumentTypeError(f'no hook attaches to "{stage}"; choose of {", ".join(STAGES_WITH_HOOKS)}')
    return stage, reference


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number') from error
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"the speed must be above 0, got {text}")
    return speed

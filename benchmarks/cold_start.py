"""Cold start: what a hook's `import app` costs beside the libraries that any such hook imports.

    python benchmarks/cold_start.py [--runs 15] [--python python3.13] [--layer .aws-sam/build/LibraryLayer/python]

Every figure is a fresh interpreter, the candidates take turns, and medians are printed. Bytecode is compiled once
before, into a folder of this run's own, because the layer brings it along. With --layer, the built layer is measured
instead of this environment's packages.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CLIENTS = "import boto3\nfor name in ('ecs', 'elbv2'): boto3.client(name, region_name='eu-west-1')"

CANDIDATES: Mapping[str, str] = {
    "an empty interpreter": "pass",
    "boto3 + requests + Powertools Logger": "import boto3, requests\nfrom aws_lambda_powertools import Logger",
    "the same, and the ecs and elbv2 clients": f"import requests\nfrom aws_lambda_powertools import Logger\n{_CLIENTS}",
    "import app (post_test_traffic_shift)": "import app",
    "import app as Lambda does, with its clients": (
        "import os\nos.environ['AWS_LAMBDA_INITIALIZATION_TYPE'] = 'on-demand'\nimport app"
    ),
}
_TIMED = """
import time
start = time.perf_counter()
{code}
print((time.perf_counter() - start) * 1000)
"""


def measure(python: str, code: str, environment: Mapping[str, str]) -> float:
    """Return the milliseconds that a piece of code takes in a fresh interpreter."""
    run = subprocess.run(
        [python, "-c", _TIMED.format(code=code)], env=dict(environment), capture_output=True, text=True, check=True
    )
    return float(run.stdout)


def environment(pycache: str, layer: Path | None) -> dict[str, str]:
    """Return the environment of a measured interpreter: Lambda's search path, and bytecode that is kept."""
    library = layer or ROOT / "layers" / "greenlight"
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
    extra = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    path = os.pathsep.join([str(ROOT / "hooks" / "post_test_traffic_shift"), str(library)])
    # The layer has its bytecode beside its sources.
    prefix = {} if layer else {"PYTHONPYCACHEPREFIX": pycache}
    return kept | extra | prefix | {"PYTHONPATH": path}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="counted runs of each candidate (default 15)")
    parser.add_argument("--python", default=sys.executable, help="interpreter to measure (default: this one)")
    parser.add_argument("--layer", type=Path, help="the built layer's python/ folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as pycache:
        variables = environment(pycache, arguments.layer and arguments.layer.resolve())
        figures: dict[str, list[float]] = {name: [] for name in CANDIDATES}
        for run in range(arguments.runs + 1):
            for name, code in CANDIDATES.items():
                milliseconds = measure(arguments.python, code, variables)
                if run:  # the first round warms the bytecode and the disk
                    figures[name].append(milliseconds)
    width = max(map(len, CANDIDATES))
    print(f"{'':{width}}   median      min      max   (ms, {arguments.runs} fresh interpreters each)")
    for name, values in figures.items():
        print(f"{name:{width}} {statistics.median(values):8.0f} {min(values):8.0f} {max(values):8.0f}")


if __name__ == "__main__":
    main()

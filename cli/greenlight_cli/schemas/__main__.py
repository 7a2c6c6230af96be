"""``python -m greenlight_cli.schemas [FOLDER]``: write both schemas."""

import argparse
from pathlib import Path

from greenlight_cli.schemas.files import FOLDER, write


def _main() -> None:
    parser = argparse.ArgumentParser(prog="greenlight_cli.schemas", description="Write the JSON Schemas for editors.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to (default: %(default)s)")
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder; make it, or name another")
    write(folder)


if __name__ == "__main__":
    _main()

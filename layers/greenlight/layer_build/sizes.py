"""How large the layer is, part by part."""

import zipfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile

from layer_build.errors import LayerTooLargeError

LIMIT_MB = 250
"""Unzipped, function and layers together: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""

_MB = 1024 * 1024
_WORTH_A_LINE = _MB
_OWN = "greenlight (own code)"


def report(layer: Path) -> str:
    """Describe the size of a built layer, unzipped and zipped.

    Args:
        layer: the folder that becomes /opt.

    Raises:
        LayerTooLargeError: when Lambda would refuse it.

    """
    parts = _parts(layer / "python")
    total = sum(parts.values())
    if total > LIMIT_MB * _MB:
        raise LayerTooLargeError(f"It is {total / _MB:.1f} MB unzipped; Lambda accepts {LIMIT_MB} MB.\n{_table(parts)}")
    return (
        f"Layer size, both architectures:\n{_table(parts)}\n"
        f"  {'unzipped':<28}{total / _MB:7.1f} MB   (limit {LIMIT_MB} MB)\n"
        f"  {'zipped':<28}{_zipped(layer) / _MB:7.1f} MB"
    )


def _parts(packages: Path) -> Counter[str]:
    sizes: Counter[str] = Counter({_OWN: 0})
    for file in packages.rglob("*"):
        if file.is_file():
            top = file.relative_to(packages).parts[0]
            sizes[_OWN if top == "greenlight" else top] += file.stat().st_size
    return sizes


def _table(parts: Counter[str]) -> str:
    big = {name: size for name, size in parts.most_common() if size >= _WORTH_A_LINE or name == _OWN}
    rest = sum(parts.values()) - sum(big.values())
    rows = [*big.items(), (f"{len(parts) - len(big)} smaller ones", rest)]
    return "\n".join(f"  {name:<28}{size / _MB:7.1f} MB" for name, size in rows)


def _zipped(layer: Path) -> int:
    with TemporaryFile() as sink:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in layer.rglob("*"):
                archive.write(file, file.relative_to(layer))
        return sink.tell()

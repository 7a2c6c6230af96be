"""What can go wrong in a build of the layer.

LayerBuildError
├── PipMissingError
├── DownloadError
├── WheelCollisionError
├── UnknownLayoutError
└── LayerTooLargeError
"""


class LayerBuildError(Exception):
    """When the layer cannot be built; the message names the cure."""


class PipMissingError(LayerBuildError):
    """When neither this Python nor a virtual environment of it has pip."""


class DownloadError(LayerBuildError):
    """When pip cannot get a locked wheel, or gets another one than was locked."""


class WheelCollisionError(LayerBuildError):
    """When the wheels of the two architectures hold different files of one name."""


class UnknownLayoutError(LayerBuildError):
    """When a package is laid out otherwise than the trimming expects."""


class LayerTooLargeError(LayerBuildError):
    """When the layer is larger than Lambda accepts."""

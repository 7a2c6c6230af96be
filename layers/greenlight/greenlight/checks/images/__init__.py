"""The ``images`` check: where images come from, how they are named, and what ECR says of them."""

from greenlight.checks.images.check import ImagesCheck, prepare_images
from greenlight.checks.images.settings import ImagesSettings

__all__ = ["ImagesCheck", "ImagesSettings", "prepare_images"]

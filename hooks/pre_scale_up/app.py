"""The hook at PRE_SCALE_UP: called by ECS before green's tasks start."""

from greenlight.lifecycle.handler import hook

lambda_handler = hook("PRE_SCALE_UP")

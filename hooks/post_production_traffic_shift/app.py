"""The hook at POST_PRODUCTION_TRAFFIC_SHIFT: called by ECS when all production traffic is on green, and blue still runs."""

from greenlight.lifecycle.handler import hook

lambda_handler = hook("POST_PRODUCTION_TRAFFIC_SHIFT")

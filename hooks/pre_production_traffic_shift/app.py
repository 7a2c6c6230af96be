"""The hook at PRE_PRODUCTION_TRAFFIC_SHIFT: called by ECS before production traffic moves, at each step of a canary or linear deployment."""

from greenlight.lifecycle.handler import hook

lambda_handler = hook("PRE_PRODUCTION_TRAFFIC_SHIFT")

"""The hook at PRODUCTION_TRAFFIC_SHIFT: called by ECS when production traffic moves to green, at each step, and when it goes back."""

from greenlight.lifecycle.handler import hook

lambda_handler = hook("PRODUCTION_TRAFFIC_SHIFT")

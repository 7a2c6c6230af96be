"""The function on ECS's events: called by EventBridge when a deployment or a hook changes its state."""

from greenlight.lifecycle.deployment_events import handler

lambda_handler = handler()

"""The hook at POST_TEST_TRAFFIC_SHIFT: called by ECS when the test listener sends its traffic to green."""

from greenlight.lifecycle.handler import hook

lambda_handler = hook("POST_TEST_TRAFFIC_SHIFT")

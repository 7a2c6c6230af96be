"""``greenlight doctor``: what is wrong with a service and its hooks, before a deployment finds out."""

"""``greenlight approve`` and ``greenlight reject``: a person decides about a deployment that waits."""

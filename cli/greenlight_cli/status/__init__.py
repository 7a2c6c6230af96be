"""The commands ``greenlight status`` and ``greenlight watch``: how a deployment stands."""

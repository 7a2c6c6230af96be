"""``greenlight run``: a smoke suite against a URL."""

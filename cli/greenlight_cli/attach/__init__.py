"""``greenlight attach`` and ``greenlight detach``: Greenlight's hooks at a service that exists."""

"""``greenlight validate``: everything that is wrong with gates files and suites."""

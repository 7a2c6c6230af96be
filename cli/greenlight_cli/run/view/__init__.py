"""A run as people see it: its progress, a table, what went wrong, and the verdict."""

"""``greenlight``, the command line for operators: run a smoke suite against a URL, and find what is wrong with a file."""

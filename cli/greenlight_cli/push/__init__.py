"""``greenlight push``: a gates file and its suites to where the functions read them."""

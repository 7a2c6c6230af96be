"""Checks that leave the work to another service of AWS, which may take any time: it is started once, and asked how it stands."""

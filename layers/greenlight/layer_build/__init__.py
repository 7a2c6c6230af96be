"""Builds Greenlight's Lambda layer: the library, its locked wheels for both architectures, and bytecode.

Runs on any machine with Python >= 3.11, without Docker and without a package of its own: the standard library only.
Never part of the layer itself.
"""

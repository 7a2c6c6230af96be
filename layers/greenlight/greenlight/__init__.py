"""Greenlight: deployment gates for Amazon ECS, called by ECS at its deployment lifecycle stages."""

__version__ = "0.1.0"

"""Backroom: the box in the back room that keeps a store selling."""

__version__ = "0.1.0"

"""The settings file of stores that tests run from the command line."""

CONFIG = """\
machine_id = "test"

[store]
name = "Test store"
currency = "GBP"
timezone = "Europe/London"
"""

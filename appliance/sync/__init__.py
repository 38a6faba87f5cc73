"""Sync: the log goes up to head office, commands, prices and settings come down, over links that fail."""

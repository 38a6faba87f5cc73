"""Backups: a whole copy of the store, taken while it sells, proven whole, and put back as a new life of the log."""

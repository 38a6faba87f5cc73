"""A new version proves itself, or the former one comes back with its data: what starts it, and what it says itself."""

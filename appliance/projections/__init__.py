"""Views of the log: each a fold of events into tables of its own, rebuildable at any time."""

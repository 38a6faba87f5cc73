"""Commands and what is decided about them: the only front door to the event store."""

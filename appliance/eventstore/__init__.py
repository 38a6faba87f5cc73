"""The append-only log: one writer, one file, one order, and proof that nothing was lost."""

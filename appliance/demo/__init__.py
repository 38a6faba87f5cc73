"""A minute that shows what Backroom promises: the line to head office is cut, selling goes on, nothing is lost."""

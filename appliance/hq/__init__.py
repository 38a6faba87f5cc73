"""What head office runs: streams and rights for its stores, a reporting store, watching, sending, comparing."""

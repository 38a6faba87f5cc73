"""What Backroom does per second, always beside the limit it is measured against, in the same run."""

"""What the store says about itself: metrics and self-examination."""

"""Ways to the outside world: the four ports over REST and gRPC, each call guarded, each provider chosen by settings."""

"""The outside world in one program: providers over REST and gRPC on loopback, with faults on demand and a ledger."""

"""The protocol over gRPC: `provider.proto`, and what `make protos` writes from it."""

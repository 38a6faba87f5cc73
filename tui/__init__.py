"""The console: what people on the store floor see and do, over HTTP only, on any terminal."""

"""The store over HTTP: tills, people's tools and the command line come in here. No business rules."""

"""The wire: what is sent to the store and what it answers, for the API, its reference and every client of ours."""

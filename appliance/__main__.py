"""`python -m appliance` is `backroom`."""

from appliance.cli import main

main()

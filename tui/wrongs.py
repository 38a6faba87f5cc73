"""What may be wrong with a store, in the store's own words: listed so that every language has them."""

from __future__ import annotations

from tui.texts import mark

TITLES: tuple[str, ...] = (
    mark("The disk is full"), mark("The disk is filling up"), mark("The write-ahead log is large"),
    mark("The clock is wrong"), mark("The certificate runs out"), mark("The certificate cannot be read"),
    mark("Head office is not reached"), mark("Sending to head office is paused"), mark("The price lists may be old"),
    mark("Orders need a decision"), mark("Messages have given up"), mark("The last backup is too old"),
    mark("Operators without a PIN"), mark("A backup was not made"), mark("A view could not be rebuilt"),
    mark("A view differed from the log"), mark("Head office had lost events"), mark("The head file is damaged"),
    mark("The store is damaged"), mark("The store began a new life"), mark("The end of the log was restored"),
    mark("Old backups were given up for room"), mark("Customers' names wait for their keys"),
    mark("The new version does not run well"), mark("The former version is back"),
    mark("Something was found"),
)  # fmt: skip
NEXT_STEPS: tuple[str, ...] = (
    mark("Free some space: nothing can be booked until then."),
    mark("Free some space, or move the backups elsewhere."),
    mark("Stop what reads the database for long."),
    mark("Set it: timedatectl set-time, then turn on NTP."),
    mark("Replace it and its key, then restart."),
    mark("Put a PEM certificate in its place."),
    mark("Look at the router; selling goes on."),
    mark("It is rebuilt; look again."),
    mark("They were sent again; tell head office."),
    mark("Run: backroom verify. Watch the disk."),
    mark("Run: backroom verify. Restore a backup if it stays."),
    mark("Compare the last receipts with the tills' own."),
    mark("At head office: backroom hq keys hand-over"),
    mark("It stays, for going back would lose sales: call for help."),
    mark("It sells on with its data; tell whoever sent the new one."),
    mark("Read the detail; run: backroom verify"),
)
LIMITS: tuple[str, ...] = (mark("disk"), mark("price lists"), mark("certificate"))

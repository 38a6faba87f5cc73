"""Books other systems' files through the same commands as a till: repeatable, restartable, reconciled to the penny."""

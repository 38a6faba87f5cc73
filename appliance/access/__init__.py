"""Who may speak and act: operators and their PINs, sessions, approvals, one-time codes, and what slows down a guess."""

"""Building the Debian packages: one host, every release of Debian that is supported, from the lock file."""

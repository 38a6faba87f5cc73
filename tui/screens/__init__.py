"""One room of the console each, and what may lie over one."""

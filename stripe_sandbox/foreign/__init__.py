"""Real clients that nobody here wrote, unmodified but for the address, against a sandbox."""

"""Small files on disk: written atomically, kept private, with an alert before the disk is full."""

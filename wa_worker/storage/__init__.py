"""Small files on disk: written whole, kept private, and a warning before the disk is full."""

"""The Reflex app of ROMS: the shared inbox."""

"""The `roms` commands, one module for each group. A command reads its arguments, calls one function and prints."""

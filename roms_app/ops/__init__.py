"""Set-up and running: the parts that ROMS needs, the supervisor and the doctor. Only `cli` imports it."""

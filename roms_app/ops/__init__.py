"""Set-up and operation: the parts that ROMS needs, the supervisor and the doctor. Only `cli` imports it."""

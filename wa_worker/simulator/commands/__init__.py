"""What can be done to a phone: one model a command, which checks its arguments and does it."""

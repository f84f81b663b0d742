"""`make faults`: a whole ROMS is hurt while it works, and afterwards every message and every tick is counted.

`python -m devtools.faults [--seeds 3] [--only worker,redis] [--messages 2000] [--replies 300] [--customers 40]`
"""

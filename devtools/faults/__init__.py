"""`make faults`: injects faults into a running ROMS, and afterwards counts every message and every tick.

`python -m devtools.faults [--seeds 3] [--only worker,redis] [--messages 2000] [--replies 300] [--customers 40]`
"""

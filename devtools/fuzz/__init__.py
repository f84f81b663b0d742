"""`make fuzz`: sends nonsense to every handler for minutes, and reports its cost and what it breaks.

`python -m devtools.fuzz [--seconds 300] [--seed 1] [--unlimited]`
"""

"""`make fuzz`: nonsense for every handler from everybody, for minutes; what it costs, and what it breaks.

`python -m devtools.fuzz [--seconds 300] [--seed 1] [--unlimited]`
"""

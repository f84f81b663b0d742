"""`make soak`: a day at work in short: real traffic for a while, and whether anything grows that should not.

`python -m devtools.soak [--minutes 20] [--rate 5] [--warm-up 20]`
"""

"""`make soak`: runs real traffic for a while, and checks that nothing grows that should not.

`python -m devtools.soak [--minutes 20] [--rate 5] [--warm-up 20]`
"""

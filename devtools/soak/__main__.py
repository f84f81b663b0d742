"""`python -m devtools.soak`; see `--help`."""

from devtools.soak.run import main

main()

"""`python -m devtools.faults`; see `--help`."""

from devtools.faults.run import main

main()

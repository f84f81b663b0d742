"""`python -m devtools.bench [--quick] [--json FILE]`."""

from devtools.bench.run import main

main()

"""`python -m devtools.fuzz`; see `--help`."""

from devtools.fuzz.run import main

# The probe runs in a process of its own, which imports this module too.
if __name__ == "__main__":
    main()

"""Functions that return components. They read state vars and name handlers; they hold no logic."""

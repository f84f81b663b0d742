"""One paired number: its parts put together, its commands, and its published status."""

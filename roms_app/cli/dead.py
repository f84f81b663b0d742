"""`roms dead`: entries that could not be understood."""

import typer

app = typer.Typer(help="Entries that could not be understood.", no_args_is_help=True)

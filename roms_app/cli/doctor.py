"""`roms doctor`."""

import typer
from rich.markup import escape
from rich.table import Table

from roms_app.cli.output import out
from roms_app.ops import environment
from roms_app.ops.doctor import examine
from roms_app.ops.paths import runnable


def doctor() -> None:
    """Check every part of ROMS and show how to fix each failure. Exit code 1 if there is one."""
    findings = examine(environment.prepare())
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        sign = "[green]✓[/green]" if finding.is_good else "[red]✗[/red]"
        mend = escape(runnable(finding.mend))
        said = escape(runnable(finding.detail)) + (f"\n[bold]{mend}[/bold]" if mend else "")
        table.add_row(sign, finding.name, said)
    out.print(table)
    if failures := sum(not finding.is_good for finding in findings):
        out.print(f"\n{failures} of {len(findings)} need attention.")
        raise typer.Exit(1)

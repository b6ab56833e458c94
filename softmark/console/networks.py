"""Networks as such: table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from softmark.console.options import Force, Json, app, print_json, say


@app.command(epilog="Examples: `softmark table examples/networks/lenet5.toml` · "
                    "`softmark table examples/networks/resnet50.toml -o resnet50.pdf`")
def table(file: Annotated[Path, typer.Argument(metavar="NETWORK.toml")],
          out: Annotated[Path | None, typer.Option(
              "--out", "-o", metavar="FILE.pdf|.html|.txt", help="Write the table here.")] = None,
          force: Force = False, as_json: Json = False) -> None:
    """Shapes, parameters, multiplications, memory and receptive fields of any network.

    The file lists the layers, for example `input = [32, 32, 1]` and
    `layers = ["CONV5-6", "POOL2", "FC-10"]`; examples/networks has LeNet-5 to ResNet-50.
    """
    from softmark.commands.table import read_table, table_json, write_table

    found = read_table(file)
    if as_json:
        print_json(table_json(found))
    if out is not None:
        write_table(found, out, force)
        say(f"wrote {out}")
    elif not as_json:
        from softmark.rendering.tables import table_text

        typer.echo(table_text(found), nl=False)

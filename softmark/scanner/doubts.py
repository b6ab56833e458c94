"""doubtful.html: what a person must look at, each with its picture and a field, in one file."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence

from markupsafe import Markup, escape

from softmark.scanner.pile import Cell, Script

UNREAD = "?"
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em;
  color: #111; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 2em 0 .5em; border-bottom: 1px solid #bbb; }
.cell { display: grid; grid-template-columns: minmax(12em, 30em) 1fr; gap: 1em; margin: 1em 0;
  break-inside: avoid; }
.cell img { max-width: 100%; border: 1px solid #bbb; }
.cell p { margin: 0 0 .4em; } .why { color: #8a4a00; } .from { color: #666; font-size: .85em; }
input[type=text] { font: inherit; width: 14em; padding: .25em; }
button { font: inherit; padding: .4em 1em; } .done { color: #2b6a3a; }
"""
_SCRIPT = """
const rows = JSON.parse(document.getElementById("rows").textContent);
function quoted(text) { return '"' + text.replaceAll('"', '""') + '"'; }
function save() {
  document.querySelectorAll(".cell").forEach(cell => {
    const row = rows[Number(cell.dataset.row) + 1];
    const typed = cell.querySelector("input[type=text]").value.trim();
    row[4] = cell.querySelector("input[type=checkbox]").checked ? "" : typed || "?";
  });
  const text = rows.map(row => row.map(quoted).join(",")).join("\\n") + "\\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
  link.download = "doubtful.csv";
  link.click();
}
document.getElementById("save").addEventListener("click", save);
"""


def doubts_html(scripts: Sequence[Script], table: Sequence[Sequence[str]]) -> str:
    """The page; `table` is doubtful.csv, head first, the doubtful cells in the order of `scripts`."""
    parts = []
    number = 0
    for script in scripts:
        parts.append(Markup("<h2>{} · {} · {}</h2>").format(script.name, script.student,
                                                           script.paper_id))
        for cell in script.doubts:
            parts.append(_cell(cell, number))
            number += 1
    # no text of the data may end the element that holds it
    data = json.dumps([list(row) for row in table], ensure_ascii=True).replace("<", "\\u003c")
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
            f"<title>Doubtful marks</title><style>{_STYLE}</style></head><body>"
            f"<h1>{number} doubtful marks</h1><p>Type what the student meant, as a student would type "
            "it, then save, and grade the saved file after the sure marks: "
            "<code>softmark grade scanned.csv doubtful.csv</code>. A field left open stays "
            f"“{escape(UNREAD)}”, which no one is marked for.</p>"
            f"{Markup('').join(parts)}<p><button id=\"save\">Save doubtful.csv</button></p>"
            f'<script type="application/json" id="rows">{data}</script><script>{_SCRIPT}</script>'
            "</body></html>\n")


def _cell(cell: Cell, number: int) -> Markup:
    name = f"q{cell.question}.{cell.name}"
    picture = Markup('<img alt="{}" src="data:image/jpeg;base64,{}">').format(
        f"the scanned answer to {name}", b64encode(cell.picture).decode()) if cell.picture else \
        Markup("<p>no picture</p>")
    return Markup('<div class="cell" data-row="{}"><div>{}</div><div><p><b>{}</b></p>'
                  '<p class="why">{}</p><p><input type="text" aria-label="{}"></p>'
                  '<p><label><input type="checkbox"> left blank</label></p>'
                  '<p class="from">{}</p></div></div>').format(number, picture, name, cell.doubt,
                                                              f"answer to {name}", cell.where)

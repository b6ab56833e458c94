"""pdf.js, the viewer in Firefox, run by Node: `npm install --omit=optional --prefix .venv/pdfjs pdfjs-dist`."""

import os
import shutil
import subprocess
from pathlib import Path

LIBRARY = Path(os.environ.get("SOFTMARK_PDFJS") or Path(__file__).parents[1] / ".venv/pdfjs/node_modules/pdfjs-dist",
               "legacy/build/pdf.mjs")
IS_HERE = bool(shutil.which("node")) and LIBRARY.is_file()
OPENING = """
import { readFileSync, writeFileSync } from "node:fs";
const [, , library, source, ...rest] = process.argv;
// nothing is drawn, so these need not do anything
for (const name of ["DOMMatrix", "ImageData", "Path2D"]) globalThis[name] ??= class {};
const { getDocument } = await import(library);
const task = getDocument({ data: new Uint8Array(readFileSync(source)), verbosity: 0 });
const pdf = await task.promise;
"""


def run(script, data, folder, *words):
    """Runs a script on the PDF, which it has as `pdf`, and `words` as `rest`; what it printed."""
    (folder / "in.pdf").write_bytes(data)
    (folder / "script.mjs").write_text(OPENING + script + "await task.destroy();\n", encoding="utf-8")
    done = subprocess.run(["node", "script.mjs", str(LIBRARY.resolve()), "in.pdf", *words], cwd=folder, check=True,
                          capture_output=True, text=True, encoding="utf-8", timeout=120)
    return done.stdout

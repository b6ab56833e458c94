"""Fetches KaTeX and the text faces by package name, checks them, and unpacks what is needed.

Run at set-up; running it again does nothing. Without npm or a network the plainer math engine
serves, and one sentence says so.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "softmark" / "rendering" / "assets"
#: npm package, its sha256, folder to unpack to, and how the needed files begin and end
PACKAGES = (
    ("katex@0.19.1", "24da5a599eb2fcede2e270b99a6ff48bca816beecc95feeb84e8cccbd1bb34fd",
     "katex", ("dist/katex.min.js", "dist/fonts/KaTeX_", "LICENSE"), (".js", ".ttf", "LICENSE")),
    ("@fontsource/source-serif-4@5.3.1",
     "54b7898afa20cf4b2d807bbf2b5a2f865e28a83db8a5fcc563dafce5ecb5e7c8", "fonts",
     ("files/source-serif-4-latin", "files/source-serif-4-greek", "LICENSE"), ()),
    ("@fontsource/source-sans-3@5.3.0",
     "f8a0e1b603f5c85a468946a51af4a761d726c28baf79200aafb8736fe9e7d7a7", "fonts",
     ("files/source-sans-3-latin", "files/source-sans-3-greek", "LICENSE"), ()),
    ("@fontsource/source-code-pro@5.3.0",
     "2cf1e4c495edacec6b2619362571ce84a2768a7d995fbdb66f93309d3edbb9b8", "fonts",
     ("files/source-code-pro-latin", "files/source-code-pro-greek", "LICENSE"), ()),
)
FACES = tuple(f"-{weight}-{style}.woff2" for weight in (400, 600) for style in ("normal", "italic"))


def main() -> int:
    """0 always: without the assets softmark works, only plainer."""
    stamp = ASSETS / ".fetched"
    wanted = "\n".join(f"{name} {digest}" for name, digest, *_ in PACKAGES)
    if stamp.is_file() and stamp.read_text() == wanted:
        unfold(ASSETS / "fonts")
        return 0
    if shutil.which("npm") is None:
        return _without("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for name, digest, where, begins, ends in PACKAGES:
            try:
                data = _pack(name, Path(folder))
            except (OSError, subprocess.SubprocessError) as error:
                return _without(f"{name} could not be fetched ({type(error).__name__})")
            if hashlib.sha256(data).hexdigest() != digest:
                return _without(f"{name} is not the file that was checked (its hash differs)")
            _unpack(data, ASSETS / where, begins, ends or (*FACES, "LICENSE"), name)
    stamp.write_text(wanted)
    unfold(ASSETS / "fonts")
    return 0


def unfold(folder: Path) -> None:
    """Puts a plain font beside each compressed one, which every process would else unfold for itself."""
    from fontTools.ttLib import woff2

    for path in sorted(folder.glob("*.woff2")):
        target, half = path.with_suffix(".ttf"), path.with_suffix(".part")
        if not target.exists():
            woff2.decompress(str(path), str(half))
            half.replace(target)


def _without(why: str) -> int:
    print(f"{why}: formulas and text will be drawn with plainer means", file=sys.stderr)
    return 0


def _pack(name: str, folder: Path) -> bytes:
    done = subprocess.run(["npm", "pack", "--silent", name], cwd=folder, capture_output=True,
                          text=True, timeout=300, check=True)
    return (folder / done.stdout.strip().splitlines()[-1]).read_bytes()


def _unpack(data: bytes, folder: Path, begins: tuple[str, ...], ends: tuple[str, ...],
            package: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix("package/")
            if not (member.isfile() and name.startswith(begins) and name.endswith(ends)):
                continue
            short = Path(name).name if name != "LICENSE" else \
                f"LICENSE-{package.rsplit('@', 1)[0].split('/')[-1]}"
            target = folder / ("fonts" if name.endswith(".ttf") else "") / short
            target.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member)
            assert source is not None
            target.write_bytes(source.read())


if __name__ == "__main__":
    sys.exit(main())

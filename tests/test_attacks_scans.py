"""Attacks on `softmark scan`: images and PDFs made to do harm cost a sentence each; honest pages are read."""

import os
import struct
import zlib

import pytest

from softmark.grader.isolation import Limits
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.bubble_pages import bubbles_pdf
from softmark.rendering.bubbles import layout_of
from tests.paper_forms import raw_pdf, stream

np = pytest.importorskip("numpy")
cv2 = pytest.importorskip("cv2")
pytest.importorskip("zxingcpp")
pytest.importorskip("pypdfium2")

from softmark.scanner.pile import read_pile  # noqa: E402

QUIZ = 'title = "Scan"\ncourse = "C"\n[[question]]\ntemplate = "architectures/cnn_shape_chain"\n'
GREY = np.full((1754, 1240), 200, np.uint8)
LIMITS = Limits(memory=2 << 30, cpu=2, wall=30)


def png(width, height, data=b"", depth=8, colour=0, before=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(width, height, pages=1, following=None):
    """Pages of which each claims a size; the last is followed by `following`, the place of a page, or by none."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 100)]
    size = 2 + 12 * len(entries) + 4
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0\x08\0\0\0" + b"".join(
        body + struct.pack("<I", 8 + size * (n + 1) if n < pages - 1 else following or 0) for n in range(pages))


def jpeg_of_size(width, height):
    data = bytearray(cv2.imencode(".jpg", GREY)[1].tobytes())
    at = data.index(b"\xff\xc0")
    data[at + 5:at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def page(contents, resources=b"", more=None, box=b"[0 0 595 842]"):
    return raw_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                    3: b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources << %s >> >>" % (box, resources),
                    4: stream(contents), **(more or {})})


def laughs(depth):
    """Forms of which each draws the next ten times."""
    head = b"/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Resources << /XObject << /X %d 0 R >> >>"
    return {10 + n: stream(b"/X Do " * 10, head % (11 + n)) for n in range(depth)}


PICTURE = b"/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceGray "
ATTACKS = {
    "head.png": lambda: png(100_000, 100_000), "line.png": lambda: png(100_000, 1, bytes(100_001)), "none.png": lambda: png(0, 2**31 - 1),
    "cut.png": lambda: png(1240, 1754, bytes(1241 * 1754))[:200], "huge.jpg": lambda: jpeg_of_size(65_500, 65_500),
    "pages.tiff": lambda: tiff(10, 10, 60_000), "huge.tiff": lambda: tiff(100_000, 100_000), "round.tiff": lambda: tiff(1240, 1754, 2, 8)[:120],
    "other.png": lambda: b"GIF89a" + bytes(3_000), "big.tiff": lambda: b"II+\0" + bytes(3_000),
    "count.pdf": lambda: raw_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 2000000000 >>"}),
    "pages.pdf": lambda: raw_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [%s] /Count 3001 >>" % (b"3 0 R " * 3_001),
                                  3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"}),
    "slender.pdf": lambda: page(b"q Q", box=b"[0 0 2 100000]"), "paths.pdf": lambda: page(b"0 0 m 500 800 l S " * 300_000),
    "laughs.pdf": lambda: page(b"/X Do", b"/XObject << /X 10 0 R >>", laughs(14)),
    "picture.pdf": lambda: page(b"q 595 0 0 842 0 0 cm /X Do Q", b"/XObject << /X 5 0 R >>", {
        5: stream(zlib.compress(bytes(1_000_000)), PICTURE + b"/BitsPerComponent 8 /Filter /FlateDecode")}),
    "two_tone.pdf": lambda: page(b"q 595 0 0 842 0 0 cm /X Do Q", b"/XObject << /X 5 0 R >>", {
        5: stream(bytes(50), PICTURE + b"/BitsPerComponent 1 /Filter /JBIG2Decode")}),
}
#: in these an empty page is all there is, and it is told with the other empty pages
EMPTY = {"box.pdf": lambda: page(b"q Q", box=b"[0 0 1e9 1e9]"), "bomb.pdf": lambda: page(zlib.compress(bytes(10_000_000))),
         "texts.png": lambda: png(1240, 1754, (b"\0" + b"\xc8" * 1240) * 1754, before=b"".join(
             chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(20_000_000), 9)) for _ in range(5)))}


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    bank = open_bank(str(tmp_path_factory.mktemp("attacks") / "bank.db"), create=True)
    bank.keep_quiz(quiz := parse_quiz(QUIZ, "quiz"))
    bank.keep_paper(make_paper(quiz, Student("s1", "Ada"), bank.secret))
    return bank


def honest(bank):
    paper = bank.paper("s1")
    return bubbles_pdf(paper, layout_of(paper.paper_id, paper.problems))


def test_a_pile_of_attacks_costs_a_sentence_each(bank, tmp_path):
    for name, made in {**ATTACKS, **EMPTY, "zz_honest.pdf": lambda: honest(bank)}.items():
        (tmp_path / name).write_bytes(made())
    found = read_pile(bank, [tmp_path], limits=LIMITS)
    assert len(found.scripts) == 1 and not any("did not come" in cell.doubt for one in found.scripts.values() for cell in one.cells.values())
    for name in ATTACKS:
        told = [line for line in found.problems if f"/{name}" in line and "empty pages" not in line]
        assert len(told) == 1, (name, told)
    assert {os.path.basename(where).partition(",")[0] for where in found.empty} == set(EMPTY)
    for line in found.problems:
        assert line.isprintable() and len(line) < 900, line
        assert not any(word in line for word in ("Traceback", "OpenCV", "Assertion", ".cpp")), line
    assert {path.name for path in tmp_path.iterdir()} == {*ATTACKS, *EMPTY, "zz_honest.pdf"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices as files")
def test_what_is_no_file_and_names_that_are_no_text(bank, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.pdf").mkdir()
    for name, target in (("zero.png", "/dev/zero"), ("out.pdf", "/etc/passwd"), ("ring.pdf", "ring.pdf"), ("inside", ".")):
        (tmp_path / name).symlink_to(target)
    for name in (b"bad\xff.png", "bidi\u202egpj.jpg".encode(), b"esc\x1b[2J.png", b"line\nfeed.pdf", b"a, page 7.pdf"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"%PDF-1.4 nothing")
    (tmp_path / "folder.pdf" / "zz_honest.pdf").write_bytes(honest(bank))
    found = read_pile(bank, [tmp_path], limits=LIMITS)
    assert len(found.scripts) == 1 and len(found.problems) == 10
    assert all(line.isprintable() for line in found.problems)
    for name in ("pipe.png", "zero.png", "out.pdf", "ring.pdf", "inside"):
        assert sum(f"/{name}: " in line for line in found.problems) == 1, name

"""Scanned answer pages: nothing is read wrongly without being flagged, whatever the scan is like."""

import csv
import dataclasses
import itertools
import struct
import zlib
from pathlib import Path

import pytest

from softmark.commands import scan as work
from softmark.commands.grade import grade
from softmark.commands.merging import merge
from softmark.commands.paperwork import Plan, Task, write
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import Record, make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering import bubble_frame as frame
from softmark.rendering.bubble_pages import bubbles_pdf
from softmark.rendering.bubbles import layout_of
from softmark.worksheet.errors import UserError

np = pytest.importorskip("numpy")
cv2 = pytest.importorskip("cv2")
pytest.importorskip("zxingcpp")
pytest.importorskip("pypdfium2")

from benchmarks.pencil import Hand, Scan, drawn, fill, jpeg, scanned  # noqa: E402
from softmark.scanner import pile as piles  # noqa: E402
from softmark.scanner.frames import look_at  # noqa: E402
from softmark.scanner.measure import measure  # noqa: E402
from softmark.scanner.reading import read_field  # noqa: E402

QUIZ = """
title = "Scan <1>"
course = "Neural networks"
[[question]]
template = "perceptron/perceptron_design"
level = "medium"
marks = 6
[[question]]
template = "architectures/cnn_shape_chain"
level = "medium"
marks = 8
[[question]]
text = "Why?"
answer = "Because."
marks = 1
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    bank = open_bank(str(tmp_path_factory.mktemp("scan") / "bank.db"), create=True)
    quiz = parse_quiz(QUIZ, "quiz")
    bank.keep_quiz(quiz)
    for student in (Student("s1", "Ada <b>"), Student("s2", "Emil"), Student("s3", "Never Came")):
        bank.keep_paper(make_paper(quiz, student, bank.secret))
    return bank


@pytest.fixture(scope="module")
def papers(bank):
    """(paper, layout, its pages as pixels) of the two who hand in."""
    found = []
    for student in ("s1", "s2"):
        paper = bank.paper(student)
        layout = layout_of(paper.paper_id, paper.problems)
        found.append((paper, layout, drawn(bubbles_pdf(paper, layout))))
    return found


def read(grey, sheet):
    found = look_at(grey)
    assert "pixels" in found, found
    measured, page = measure(found["pixels"], sheet.fields)
    assert not page.fault, page
    return {(one.question, one.cell): read_field(one, m, page.scatter)
            for one, m in zip(sheet.fields, measured, strict=True)}


# -- the layout


def test_bubbles_lie_inside_the_page_and_apart(papers):
    _, layout, _ = papers[0]
    assert len(layout.sheets) > 1
    for sheet in layout.sheets:
        points = [(b.x, b.y) for one in sheet.fields for b in one.bubbles]
        assert all(x - frame.BUBBLE >= frame.A4.left and x + frame.BUBBLE <= frame.A4.right
                   and y - frame.BUBBLE >= frame.A4.top and y + frame.BUBBLE <= frame.A4.bottom
                   for x, y in points)
        apart = min(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in itertools.combinations(points, 2))
        assert apart >= 2 * frame.BUBBLE + 0.8
    # every cell asked, once
    cells = [(one.question, one.cell) for sheet in layout.sheets for one in sheet.fields]
    asked = [(item.number, cell.name) for item in papers[0][0].problems for ask in item.asks
             for cell in ask.cells]
    assert sorted(cells) == sorted(asked)


def test_the_layout_says_nothing_of_the_answers(papers):
    paper, layout, _ = papers[0]
    for size in (0, 7, 123_456_789):
        other = [dataclasses.replace(item, asks=[
            ask if ask.kind in ("choice", "shape") or ask.shape else dataclasses.replace(ask, value=size)
            for ask in item.asks]) for item in paper.problems]
        assert layout_of(paper.paper_id, other) == layout


def test_a_layout_is_known_by_its_mark(papers):
    paper, layout, _ = papers[0]
    assert layout_of(paper.paper_id, paper.problems) == layout
    finer = [dataclasses.replace(item, asks=[dataclasses.replace(a, decimals=a.decimals + 1)
                                             for a in item.asks]) for item in paper.problems]
    assert layout_of(paper.paper_id, finer).mark != layout.mark


def test_an_untouched_page_is_blank_and_its_bubbles_are_where_the_layout_says(papers):
    _, layout, pages = papers[0]
    for sheet, page in zip(layout.sheets, pages, strict=True):
        found = look_at(page)
        assert found["code"] == layout.code(sheet)
        measured, about = measure(found["pixels"], sheet.fields)
        assert about.scatter < 0.01 and np.allclose(about.pale, 1 - frame.PATCH_GREY, atol=0.02)
        assert all(one.ring > 0.2 and max(map(abs, one.shift)) <= 1 for one in measured)
        assert {(r.text, r.doubt) for r in read(page, sheet).values()} == {("", "")}


# -- synthetic scans

BAD = [
    Scan(200, 5, 0.01, 6, 0.25), Scan(200, -5, 0.012, 8, 0.1), Scan(150, 180, 0, 4, 0.3, quality=60),
    Scan(150, 176, 0.01, 9, 0.2), Scan(200, 3, 0, 4, coffee=True), Scan(150, -2, 0.004, 5, coffee=True),
    Scan(200, 5, 0, 4, cropped=True), Scan(200, -3, 0, 4, cropped=True),
]


def test_nothing_is_read_wrongly_without_a_flag(papers):
    clean = flagged = 0
    for number, how in enumerate(BAD):
        _, layout, pages = papers[number % 2]
        rng = np.random.default_rng(number)
        at = number % len(pages)
        hand = Hand.of(rng)
        filled = fill(pages[at], layout.sheets[at], rng, hand, odd=0.12)
        for key, reading in read(scanned(filled.image, rng, how), layout.sheets[at]).items():
            assert reading.doubt or reading.text == filled.truth[key], (number, key, filled.odd.get(key))
            assert reading.doubt or filled.odd.get(key) in (None, "erased", "faint")
            if key not in filled.odd and not how.coffee:
                clean += 1
                flagged += bool(reading.doubt)
    assert clean > 50 and flagged <= 0.02 * clean


def test_a_cross_a_line_and_a_dot(papers):
    """A cross or a stroke is never lost, a resting pencil is nothing."""
    _, layout, pages = papers[0]
    sheet = layout.sheets[0]
    one = next(f for f in sheet.fields if f.kind == "choice")
    bubble = one.columns[0].bubbles[0]
    for lines, dot, expected in ((2, 0, {bubble.value}), (1, 0, {bubble.value, "doubt"}), (0, 1, {""})):
        image = pages[0].copy()
        x, y, r = (round(v * 10) for v in (bubble.x, bubble.y, 1.3))
        for side in (1, -1)[:lines]:
            cv2.line(image, (x - r, y - side * r), (x + r, y + side * r), 60, 5, cv2.LINE_AA)
        if dot:
            cv2.circle(image, (x, y), 2, 90, -1)
        reading = read(image, sheet)[one.question, one.cell]
        assert ("doubt" if reading.doubt else reading.text) in expected, (lines, dot)


def test_a_page_with_a_strip_moved_is_doubted_not_misread(papers):
    _, layout, pages = papers[0]
    at = next(n for n, s in enumerate(layout.sheets) if s.fields[-1].kind != "choice")
    sheet, rng = layout.sheets[at], np.random.default_rng(3)
    filled = fill(pages[at], sheet, rng, Hand())
    image = filled.image.copy()
    # a fold: everything between two lines slides by half a row
    top, bottom = 1500, 2600
    image[top:bottom] = np.roll(filled.image[top:bottom], 21, axis=0)
    for key, reading in read(scanned(image, rng, Scan()), sheet).items():
        assert reading.doubt or reading.text == filled.truth[key], key


@pytest.mark.parametrize("spoil", [
    lambda g: np.where(g > 128, 255, 0), lambda g: np.where(g > 215, 255, 0),
    lambda g: np.clip(g * 1.6, 0, 255)], ids=["black and white", "dark", "bright"])
def test_a_scan_that_lost_its_light_tones_is_not_trusted(papers, spoil):
    _, layout, pages = papers[0]
    grey = scanned(pages[0].astype(np.float32) / 255, np.random.default_rng(0), Scan(150, 1))
    found = look_at(spoil(grey.astype(np.float32)).astype(np.uint8))
    assert measure(found["pixels"], layout.sheets[0].fields)[1].fault


# -- a pile


def as_pdf(images, path):
    pymupdf = pytest.importorskip("pymupdf")
    with pymupdf.open() as document:
        for image in images:
            page = document.new_page(width=595, height=842)
            page.insert_image(page.rect, stream=jpeg(image).tobytes())
        document.save(path)


def test_a_mixed_pile_is_put_together_by_paper(bank, papers, tmp_path):
    rng = np.random.default_rng(1)
    truth, scans = {}, {}
    for paper, layout, pages in papers:
        for sheet, page in zip(layout.sheets, pages, strict=True):
            filled = fill(page, sheet, rng, Hand())
            truth |= {(paper.paper_id, *key): text for key, text in filled.truth.items()}
            scans[paper.student.id, sheet.number] = scanned(
                filled.image, rng, Scan(150, float(rng.uniform(-4, 4)) + 180 * (sheet.number % 2)))
    one, two = [[scans[s, n] for n in range(1, len(p[1].sheets) + 1)] for s, p in
                zip(("s1", "s2"), papers, strict=True)]
    pile = tmp_path / "pile"
    pile.mkdir()
    empty = np.full((1754, 1240), 250, np.uint8)
    as_pdf([*two[::-1], empty, one[0]], pile / "a.pdf")
    cv2.imwritemulti(str(pile / "b.tiff"), [one[0], *one[2:]])
    # foreign codes: another's, one with its id changed, one of another arrangement
    paper, layout, _ = papers[0]
    for name, change in (("tampered", {"paper_id": "AAAA-AAAA-0"}), ("old", {"mark": "1-000000"})):
        cv2.imwrite(str(pile / f"{name}.png"),
                    drawn(bubbles_pdf(paper, dataclasses.replace(layout, **change)))[0])
    hostile(pile)
    found = piles.read_pile(bank, [pile])
    told = "\n".join(found.problems)
    assert set(found.scripts) == {p[0].paper_id for p in papers} and \
        [Path(where).name for where in found.empty] == ["a.pdf, page 4"]
    for script in found.scripts.values():
        for key, cell in script.cells.items():
            assert cell.doubt or cell.text == truth[script.paper_id, *key], key
    second = found.scripts[papers[0][0].paper_id]
    missing = [c for c in second.cells.values() if "did not come" in c.doubt]
    assert {(c.question, c.name) for c in missing} == \
        {(f.question, f.cell) for f in layout.sheets[1].fields}
    assert not found.scripts[papers[1][0].paper_id].doubts
    for part in ("AAAA-AAAA-0 is no id", "another arrangement", "2 did not come", "came before, in",
                 "no page came of 1 papers: s3"):
        assert part in told, part
    for name in ("huge.png", "cut.jpg", "words.tiff", "nothing.pdf", "broken.pdf", "bomb.pdf",
                 "small.png", "twotone.png"):
        assert sum(name in line for line in found.problems) == 1, (name, told)
    assert all("\n" not in line and len(line) < 400 for line in found.problems)
    results(bank, found, tmp_path)


def hostile(folder: Path) -> None:
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0))
    (folder / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(
        bytes(1_000_000))) + chunk(b"IEND", b""))
    grey = np.full((1754, 1240), 200, np.uint8)
    (folder / "cut.jpg").write_bytes(jpeg(grey).tobytes()[:300])
    (folder / "words.tiff").write_text("no picture at all")
    (folder / "nothing.pdf").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"1 0 obj << /Kids [1 0 R] >>" * 50)
    cv2.imwrite(str(folder / "small.png"), grey[:300, :200])
    cv2.imwrite(str(folder / "twotone.png"), np.where(np.indices(grey.shape)[0] % 90 < 3, 0, 255))
    # a page whose picture claims 100,000 pixels a side
    body = zlib.compress(bytes(3_000_000))
    image = (b"<< /Type /XObject /Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8 "
             b"/ColorSpace /DeviceGray /Filter /FlateDecode /Length %d >> stream\n" % len(body)
             + body + b"\nendstream")
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
               b"/Resources << /XObject << /I 5 0 R >> >> >>",
               b"<< /Length 29 >> stream\nq 595 0 0 842 0 0 cm /I Do Q\nendstream", image]
    out = b"%PDF-1.7\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj " % number + one + b" endobj\n"
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    (folder / "bomb.pdf").write_bytes(out + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
                                      % table)


def results(bank, found, out):
    """The files go to the grader as they are."""
    files = work.write(out, found, False)
    assert [path.name for path in files] == list(work.FILES)
    with open(files[0], encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["paper"] for row in rows} == set(found.scripts)
    assert sum(row["answer"] == "?" for row in rows) == work.summary(found)["doubtful"] > 0
    with open(files[1], encoding="utf-8") as file:
        doubts = list(csv.DictReader(file))
    settled = out / "settled" / "doubtful.csv"
    settled.parent.mkdir()
    with open(settled, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, doubts[0])
        writer.writeheader()
        writer.writerows({**row, "answer": "" if row["answer"] == "?" else row["answer"]}
                         for row in doubts)
    marked = grade(bank, [files[0]]).marked
    assert {one.paper.paper_id for one in marked} == set(found.scripts)
    waiting = next(one for one in marked if one.paper.paper_id == doubts[0]["paper"])
    assert waiting.open_cells >= work.summary(found)["doubtful"]
    again = next(one for one in grade(bank, [files[0], settled]).marked
                 if one.paper.paper_id == doubts[0]["paper"])
    sure = {f"q{row['question']}.{row['ask']}": row["answer"] for row in rows if row["answer"] != "?"
            and row["paper"] == doubts[0]["paper"]}
    assert again.open_cells < waiting.open_cells
    assert {k: again.submission.answers.get(k, "") for k in sure} == sure
    with pytest.raises(UserError, match="already"):
        work.refuse_to_overwrite(out, False)


def test_a_file_of_failures_or_of_other_pages_is_summed_up(bank, tmp_path):
    cv2.imwritemulti(str(tmp_path / "tiny.tiff"), [np.arange(40_000, dtype=np.uint8).reshape(200, 200)] * 14)
    other = np.full((1300, 900), 240, np.uint8)
    cv2.putText(other, "no code", (50, 600), cv2.FONT_HERSHEY_SIMPLEX, 5, 60, 9)
    cv2.putText(other, "nor here", (50, 900), cv2.FONT_HERSHEY_SIMPLEX, 5, 40, 9)
    cv2.imwritemulti(str(tmp_path / "other.tiff"), [other] * 7)
    problems = piles.read_pile(bank, [tmp_path / "tiny.tiff", tmp_path / "other.tiff"]).problems
    assert sum("pixels" in line for line in problems) == piles.MOST_FAILURES
    assert sum("pages 11 to 14 were not tried" in line for line in problems) == 1
    assert sum("no readable code" in line for line in problems) == piles.MOST_ALIKE + 1
    assert "other.tiff: 2 more pages" in problems[-1]


def test_without_the_libraries_one_sentence_says_what_to_install(bank, monkeypatch):
    monkeypatch.setattr(piles, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"softmark\[scan\]"):
        piles.read_pile(bank, [])


def test_answer_pages_of_a_class(bank, papers, tmp_path):
    from pypdf import PdfReader

    paper, layout, _ = papers[0]
    plan = Plan(paper.quiz, bank.secret, tmp_path, bubbles=True)
    assert write(Task(plan, paper.student, record=Record.of(paper))) == []
    [file] = (tmp_path / "answer_pages").iterdir()
    first = file.read_bytes()
    assert write(Task(dataclasses.replace(plan, force=True), paper.student, record=Record.of(paper))) == []
    assert file.read_bytes() == first
    assert merge([file], tmp_path / "all_answer_pages.pdf") == []
    assert paper.paper_id in PdfReader(file).pages[0].extract_text()
    # duplex: every paper begins on a sheet of its own
    assert len(PdfReader(tmp_path / "all_answer_pages.pdf").pages) == len(layout.sheets) + \
        len(layout.sheets) % 2

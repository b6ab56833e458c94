"""Papers that come back as PDFs: right marks, told what is missing, twice, foreign or lost; hostile ones harmless."""

import io
import zipfile
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from softmark.commands.grade import _answer_rows, grade
from softmark.commands.lms import moodle_name
from softmark.grader.files.pdfs import decoded
from softmark.grader.isolation import Limits
from softmark.grader.scripts import values_of, written
from softmark.grader.submissions import read_submissions
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal
from softmark.worksheet.runs import solve
from tests.paper_forms import by_pypdf, class_papers, form_pdf, paper_of, pdf_of, quiz, raw_pdf, stream

STUDENTS = [Student(f"s{n}", name) for n, name in enumerate(("Ann Äther", "Ben", "Cem", "Dia"), 1)]
SEAL = seal(b"x", "AAAA-AAAA-A").encode()
INFO = b"/Info << /SoftmarkPaper (%s) >>" % SEAL


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """A secret, the papers of a class, and each one's PDF, made once."""
    bank = open_bank(str(tmp_path_factory.mktemp("bank") / "bank.db"), create=True)
    papers = class_papers(quiz(), STUDENTS, bank)
    return bank, papers, [pdf_of(paper, bank.secret) for paper in papers[:2]]


@pytest.fixture
def bank(tmp_path, printed):
    """The same bank with nothing handed in yet."""
    import sqlite3

    source = sqlite3.connect(str(printed[0]._engine.url.database))
    with sqlite3.connect(tmp_path / "b.db") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    return open_bank(str(tmp_path / "b.db"))


def right(paper):
    return {f"q{item.number}.{cell}": text for item in paper.problems if item.problem is not None
            for cell, text in written(item.asks, values_of(solve(item.problem))).items()}


def changed(data, info=None, field=None, name=None):
    """The same file with another seal, or a field of another name."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    if info is not None:
        writer.add_metadata({"/SoftmarkPaper": info})
    for page in writer.pages if field is not None or name is not None else ():
        for one in page.get("/Annots", ()):
            one = one.get_object()
            if one.get("/F") == 2:
                if field is not None:
                    one[NameObject("/V")] = TextStringObject(field)
                if name is not None:
                    one[NameObject("/T")] = TextStringObject(name)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def put(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / f"{name}.pdf").write_bytes(data)
    return [folder]


def test_a_class_that_types_the_right_answers_gets_full_marks(tmp_path, printed, bank):
    _, papers, blank = printed
    ann, ben = (by_pypdf(data, right(paper)) for data, paper in zip(blank, papers, strict=False))
    wrong = by_pypdf(blank[0], right(papers[0]) | {"q3.text": "So."} | dict.fromkeys(list(right(papers[0]))[:3], "7"))
    found = grade(bank, put(tmp_path / "in", s2=ann, z_ann_again=wrong, x=ben, x2=ben))
    assert [(one.paper.student.id, one.submissions) for one in found.marked] == [("s1", 2), ("s2", 1)]
    assert found.marked[1].total == 6 and found.marked[0].total < 6, "the last one counts"
    assert [cell.verdict.verdict for cell in found.marked[1].questions[2].cells] == ["right"] * len(
        found.marked[1].questions[2].cells)
    assert not found.problems and not found.foreign
    assert [paper.student.id for paper in found.missing] == ["s3", "s4"]
    rows = [row for row in _answer_rows(found.marked) if row[6] == "by hand"]
    assert [row[1:5] for row in rows] == [["s1", "3", "text", "So."]]
    assert len(found.twice) == 2 and "Ann" in found.twice[0] and "different answers" in found.twice[0]
    assert "handed in last counts" in found.twice[0] and "same answers" in found.twice[1]
    assert not grade(bank, put(tmp_path / "none")).missing, "only who returns PDFs is told who did not"


@pytest.mark.parametrize(("count", "earned"), [("first", 6), ("best", 6)])
def test_the_policy_says_which_of_two_counts(tmp_path, printed, count, earned):
    bank = open_bank(str(tmp_path / "b.db"), create=True)
    blueprint = quiz(f"[marking]\ncount = '{count}'")
    (paper,) = class_papers(blueprint, STUDENTS[:1], bank)
    blank = pdf_of(paper, bank.secret)
    found = grade(bank, put(tmp_path / "in", a=by_pypdf(blank, right(paper)), b=by_pypdf(blank, right(paper) | dict.fromkeys(list(right(paper))[:4], "7"))))
    assert found.marked[0].total == earned and found.marked[0].submissions == 2
    assert ("better one counts" if count == "best" else "first counts") in found.twice[0]


def test_a_learning_platforms_zip(tmp_path, printed, bank):
    _, papers, blank = printed
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("Ben_17_assignsubmission_file/Ann's paper.pdf", by_pypdf(blank[0], right(papers[0])))
        packed.writestr("Ann Äther_16_assignsubmission_file/x.PDF", b"%PDF-1.4 nothing")
        packed.writestr("Eve_19_assignsubmission_file/bomb.pdf", BOMB_CONTENT())
        packed.writestr("Cem_18_assignsubmission_file/notes.txt", "x")
        packed.writestr("Dia_20_assignsubmission_file/a.pdf", by_pypdf(blank[1], right(papers[1])))
    found = grade(bank, [tmp_path / "all.zip"])
    assert [(one.paper.student.id, one.total) for one in found.marked] == [("s1", 6), ("s2", 6)]
    assert moodle_name(found.marked[0]).startswith("Ben_17_assignsubmission_file/feedback_")
    assert len(found.problems) == 3 and all("all.zip: " in one and len(one) < 400 for one in found.problems)
    for name in ("x.PDF", "notes.txt", "bomb.pdf"):
        assert sum(name in one for one in found.problems) == 1


def test_ids_that_were_tampered_with_or_are_foreign(tmp_path, printed, bank):
    _, papers, blank = printed
    own, other = (seal(bank.secret, paper.paper_id) for paper in papers[:2])
    ann, ben = papers[0].paper_id, papers[1].paper_id
    forged = own.replace(ann, ben)
    foreign = seal(b"another bank's secret", ann)
    never_kept = paper_of("s9", bank.secret)
    blank = [by_pypdf(blank[0], right(papers[0]))]
    files = {"info": (changed(blank[0], info=other), "tampered", ben), "field": (changed(blank[0], field=other), "tampered", ben),
             "both": (changed(blank[0], forged, forged), "tampered", ben), "short": (changed(blank[0], ann, ann), "tampered", ann),
             "foreign": (changed(blank[0], foreign, foreign), "foreign: another bank", ann),
             "copy": (changed(blank[0], *[seal(bank.secret, never_kept.paper_id)] * 2), "does not hold it", never_kept.paper_id),
             "none": (changed(blank[0], info="", name="x"), "does not say which paper", ann)}
    found = grade(bank, put(tmp_path / "in", **{name: data for name, (data, *_) in files.items()}))
    assert not found.marked and len(found.problems) == len(files)
    for name, (_, said, identity) in files.items():
        (line,) = [one for one in found.problems if f"/{name}.pdf" in one]
        assert said in line and identity in line and "\n" not in line
    assert sorted(one.rpartition("/")[2] for one in found.foreign) == ["copy.pdf", "foreign.pdf"]
    only_info = changed(blank[0], name="x")
    assert len(grade(bank, put(tmp_path / "one", a=only_info)).marked) == 1, "one of the two places is enough"


def test_copies_that_lost_their_form(tmp_path, printed, bank):
    import pymupdf

    _, papers, blank = printed
    filled = by_pypdf(blank[0], right(papers[0]))
    with pymupdf.open(stream=filled) as document:
        document.bake()
        baked = document.tobytes()
        picture = pymupdf.open()
        picture.new_page().insert_image(pymupdf.Rect(0, 0, 500, 700), pixmap=document[0].get_pixmap(dpi=40))
        scan = picture.tobytes()
        printed_out = pymupdf.open()
        for page in document:
            printed_out.new_page().show_pdf_page(pymupdf.Rect(0, 0, 595, 842), document, page.number)
        anew = printed_out.tobytes()
    found = grade(bank, put(tmp_path / "in", baked=baked, anew=anew, scan=scan, other=raw_pdf({
        1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}), blank=blank[1]))
    assert [one.paper.student.id for one in found.marked] == ["s2"], "a blank paper is a paper"
    told = {name: next(one for one in found.problems if f"/{name}.pdf" in one)
            for name in ("baked", "anew", "scan", "other", "blank")}
    for name in ("baked", "anew"):
        assert "printed to PDF or flattened" in told[name] and f"{papers[0].paper_id} of Ann" in told[name]
    assert "no form and no paper id" in told["scan"] and "no form and no paper id" in told["other"]
    assert "no field is filled in" in told["blank"] and len(found.problems) == 5


STRINGS = [(b"\xfe\xff\x22\x12\x000\x00.\x007", "−0.7"), (b"\xff\xfe\x12\x220\x00", "−0"), (b"\xef\xbb\xbf\xcf\x83\xe2\x80\xb2", "σ′"),
           (b"\x8a0.7 \xb1 \xb5 \xa0", "−0.7 ± µ €"), (b"\xfe\xff\x00\x1b\x00e\x00n\x00\x1b\x00x", "x"), (b"a\rb\r\nc\n", "a\nb\nc\n"),
           (b"", ""), (b"\xfe\xff", ""), (b"\xfe\xff\xd8\x35\xdf\x0e", "𝜎"), (b"\xfe\xff\xd8\x35", "\ufffd"), (b"\x9f\xad", "Ÿ\xad"),
           (b"0.5\0", "0.5")]


@pytest.mark.parametrize(("data", "text"), STRINGS)
def test_strings_of_a_pdf(data, text):
    assert decoded(data) == text


def read(tmp_path, data, limits=None):
    (tmp_path / "a.pdf").write_bytes(data)
    return read_submissions([tmp_path / "a.pdf"], limits)


VALUES = {
    "utf-16": (b"/FT /Tx /V <FEFF221200300031>", "−01"), "hexadecimal": (b"/FT /Tx /V <8A302E37>", "−0.7"),
    "escapes": (rb"/FT /Tx /V (\(1\)\\ \2120)", "(1)\\ −0"), "stream": (b"/FT /Tx /V 90 0 R", "−1.5"), "referred to": (b"/FT /Tx /V 91 0 R", "0.5"),
    "an option's label": (b"/FT /Ch /Opt [[(yes) (Oui)] [(no) (Non)]] /V (Non)", "no"), "an option": (b"/FT /Ch /Opt [(yes) (no)] /V (no)", "no"),
    "only its place": (b"/FT /Ch /Opt [[(yes) (Oui)] [(no) (Non)]] /I [1]", "no"), "several": (b"/FT /Ch /Opt [(a) (b)] /V [(a) (b)]", "a; b"),
    "free text": (b"/FT /Ch /Opt [(a)] /V (other)", "other"), "radio": (b"/FT /Btn /V /no", "no"), "radio by number": (b"/FT /Btn /V /1 /Opt [(yes) (no)]", "no"),
    "name with signs": (b"/FT /Btn /V /\xcf\x83#201", None), "off": (b"/FT /Btn /V /Off", None), "number": (b"/FT /Tx /V 5", "5"), "no value": (b"/FT /Tx", None),
    "null": (b"/FT /Tx /V null", None), "kids": (b"/FT /Tx /V (1) /Kids [92 0 R]", "1"), "a dictionary": (b"/FT /Tx /V << /A 1 >>", None)}


@pytest.mark.parametrize("name", VALUES)
def test_values_as_programs_write_them(tmp_path, name):
    body, text = VALUES[name]
    data = form_pdf([b"<< /T (q1) /Kids [20 0 R] >>"], {
        20: b"<< /T (z[2]) /Parent 10 0 R %s >>" % body, 90: stream(b"\xfe\xff\x22\x12\x001\x00.\x005"), 91: b"(0.5)",
        92: b"<< /Subtype /Widget /Parent 20 0 R >>"}, trailer=INFO)
    (found,), problems = read(tmp_path, data)
    if name == "name with signs":
        assert found.answers["q1.z[2]"].endswith("1")
        return
    assert found.answers == ({} if text is None else {"q1.z[2]": text})
    assert len(problems) == (text is None)


def test_names_in_one_piece_inherited_values_and_forgotten_lists(tmp_path):
    flat = b"<< /T (q1.z[2]) /FT /Tx /V (1) >>"
    inherited = [b"<< /T (q1) /FT /Tx /V (3) /Kids [20 0 R] >>"]
    (found,), _ = read(tmp_path, form_pdf([flat, *inherited], {20: b"<< /T (y) /Parent 11 0 R >>"}, trailer=INFO))
    assert found.answers == {"q1.z[2]": "1", "q1.y": "3"} and found.paper == "AAAA-AAAA-A"
    orphan = form_pdf([], {30: b"<< /Subtype /Widget /T (z) /FT /Tx /V (2) /Parent 31 0 R >>", 31: b"<< /T (q1) >>"},
                      b"/Annots [30 0 R 32 0 R]", INFO)
    (found,), problems = read(tmp_path, orphan)
    assert found.answers == {"q1.z": "2"} and not problems


def test_what_is_only_drawn_is_no_answer(tmp_path):
    drawn = form_pdf([b"<< /T (q1.z) /FT /Tx /AP << /N 20 0 R >> >>", b"<< /T (q1.y) /FT /Tx /AP << /N 21 0 R >> >>"],
                     {20: stream(b"/Tx BMC BT (0.5) Tj ET EMC"), 21: stream(b"/Tx BMC BT ( ) Tj ET EMC")}, trailer=INFO)
    (found,), problems = read(tmp_path, drawn)
    assert not found.answers and len(problems) == 1 and "q1.z: something is written" in problems[0]


# -- hostile files

ZEROS = zlib.compress(b"0" * 300_000_000, 9)
DEFLATED = b"/Filter /FlateDecode"


def page_pdf(more, contents=b"4 0 R"):
    return raw_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                    3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents %s >>" % contents, **more})


def BOMB_CONTENT():
    return page_pdf({4: stream(zlib.compress(ZEROS), DEFLATED.replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]"))})


def encrypted(password):
    writer = PdfWriter(clone_from=io.BytesIO(form_pdf([b"<< /T (q1.z) /FT /Tx /V (1) >>"], trailer=INFO)))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def many_fields(count):
    return form_pdf([b"<< /T (q1.z[%d]) /FT /Tx /V (1) >>" % n for n in range(count)], trailer=INFO)


def chain(count):
    """Each field the only kid of the one before."""
    return form_pdf([b"<< /T (q1) /Kids [20 0 R] >>"], {
        20 + n: b"<< /T (z) /FT /Tx /V (1) /Kids [%d 0 R] >>" % (21 + n) for n in range(count)}, trailer=INFO)


HONEST = form_pdf([b"<< /T (q1.z) /FT /Tx /V (0.5) >>"], trailer=INFO)
HOSTILE = {
    "nothing": lambda: b"%PDF-", "text": lambda: b"q1.z = 5", "cut": lambda: HONEST[:-150], "half": lambda: HONEST[:60] + b"\0" * 500,
    "random": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, "many fields": lambda: many_fields(100_000),
    "own kid": lambda: form_pdf([b"<< /T (q1) /Kids [10 0 R] >>"], trailer=INFO),
    "kids in a ring": lambda: form_pdf([b"<< /T (q1) /Kids [20 0 R] >>"], {20: b"<< /T (z) /Kids [10 0 R 20 0 R] >>"}, trailer=INFO),
    "parents in a ring": lambda: form_pdf([], {30: b"<< /Subtype /Widget /T (z) /Parent 31 0 R >>", 31: b"<< /Parent 30 0 R >>"}, b"/Annots [30 0 R]", INFO),
    "pages in a ring": lambda: raw_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>", 3: b"<< /Kids [2 0 R] /Parent 3 0 R >>"}),
    "references in a ring": lambda: raw_pdf({1: b"2 0 R", 2: b"3 0 R", 3: b"2 0 R"}),
    "no catalogue": lambda: raw_pdf({1: b"[]"}), "strange catalogue": lambda: raw_pdf({1: b"<< /AcroForm [1] /Pages (x) >>"}),
    "deep form": lambda: chain(5_000), "deep arrays": lambda: raw_pdf({1: b"[" * 200_000 + b"]" * 200_000}),
    "deep dictionaries": lambda: raw_pdf({1: b"<< /A " * 100_000 + b">>" * 100_000}),
    "bomb of a page": BOMB_CONTENT, "bomb": lambda: page_pdf({4: stream(ZEROS, DEFLATED)}),
    "bomb of a value": lambda: form_pdf([b"<< /T (q1.z) /FT /Tx /V 20 0 R >>"], {20: stream(ZEROS, DEFLATED)}, trailer=INFO),
    "page of operators": lambda: page_pdf({4: stream(zlib.compress(b"BT (x) Tj ET " * 220_000), DEFLATED)}),
    "drawn in a ring": lambda: page_pdf({4: stream(b"/X Do"), 3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
                                         5: stream(b"/X Do /X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /X 5 0 R >> >>")}),
    "password": lambda: encrypted("secret"), "against copying": lambda: encrypted(""),
    "xref in a ring": lambda: raw_pdf({1: b"<< >>"}, b"/Prev 40"),
    "negative length": lambda: raw_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Length -5 >>\nstream\nx\nendstream"}),
    "huge size": lambda: raw_pdf({1: b"<< /Type /Catalog >>"}, b"/Size 2147483647"),
    "names": lambda: form_pdf([b"<< /T (q1.z) /FT /Tx /V (1) >>"], trailer=b"/Info << /SoftmarkPaper (\x1b[2J\n%s) >>" % (b"A" * 5_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pdf_costs_one_sentence(tmp_path, name):
    (tmp_path / f"{name}.pdf").write_bytes(HOSTILE[name]())
    (tmp_path / "zz_honest.pdf").write_bytes(HONEST)
    found, problems = read_submissions([tmp_path], Limits(memory=500_000_000, cpu=4))
    assert found[-1].answers == {"q1.z": "0.5"} and found[-1].source.endswith("zz_honest.pdf")
    if name == "cut":
        assert not problems or len(problems) == 1
        return
    assert len(found) == 1 and len(problems) == 1 and f"{name}.pdf" in problems[0]
    assert problems[0].isprintable() and len(problems[0]) < 500 and "Traceback" not in problems[0]


def test_a_form_of_many_or_strange_names(tmp_path):
    data = form_pdf([b"<< /T (q1.z) /FT /Tx /V (1) >>", b"<< /T (q1.z) /FT /Tx /V (1) >>", b"<< /T (\x1b[2J) /V (x) >>", b"<< /T (name) /V (Ann) >>",
                     b"<< /T (q1.%s) /V (x) >>" % (b"y" * 4_000), b"<< /T (q1.a\x01) /V (1) >>", b"17"], trailer=INFO)
    (found,), problems = read(tmp_path, data)
    assert found.answers == {"q1.z": "1"} and all(one.isprintable() for one in problems)


def test_real_papers_that_were_damaged_on_the_way(tmp_path, printed):
    _, papers, blank = printed
    data = by_pypdf(blank[0], right(papers[0]))
    for n, cut in enumerate((len(data) // 3, len(data) - 40)):
        (tmp_path / f"{n}.pdf").write_bytes(data[:cut])
    for n in range(6):
        place = 1000 + n * len(data) // 7
        (tmp_path / f"x{n}.pdf").write_bytes(data[:place] + b"\xff\x00/>>" * 4 + data[place + 20:])
    found, problems = read_submissions([tmp_path])
    asked = right(papers[0])
    for one in found:
        assert all(asked.get(cell, text) == text for cell, text in one.answers.items()), "never another answer"
    assert len(problems) <= 9 and all(one.isprintable() for one in problems)
    assert PdfReader(io.BytesIO(data)).get_fields()

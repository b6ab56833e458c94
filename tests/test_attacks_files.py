"""Attacks on `softmark grade` by what is sent back: each costs a sentence, and honest papers beside it are marked."""

import io
import os
import struct
import zipfile
import zlib

import pytest
from pypdf import PdfWriter
from pypdf.generic import NameObject, TextStringObject

from softmark.commands.grade import grade
from softmark.console import options
from softmark.grader.files.opening import shown
from softmark.grader.isolation import Limits
from softmark.grader.submissions import read_submissions
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal
from tests.paper_forms import by_pypdf, class_papers, form_pdf, pdf_of, quiz, raw_pdf, stream, typed_for

INFO = b"/Info << /SoftmarkPaper (AAAA-AAAA-A) >>"
HONEST = form_pdf([b"<< /T (q1.z) /FT /Tx /V (0.5) >>"], trailer=INFO)
ZEROS = zlib.compress(b"0" * 200_000_000, 9)


def packed_pdf(inside, objects):
    """A PDF with a stream of cross-references; `inside` lies in object streams: number -> (stream, place)."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    own = max([*objects, *inside]) + 1
    places[own] = len(out)
    rows = b"".join(struct.pack(">BIH", 2, *inside[n]) if n in inside else struct.pack(">BIH", n in places, places.get(n, 0), 0)
                    for n in range(own + 1))
    return bytes(out) + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        own, stream(rows, b"/Type /XRef /Size %d /W [1 4 2] /Root 1 0 R" % (own + 1)), places[own])


def holding(body, more=b""):
    return stream(b"1 0 " + body, b"/Type /ObjStm /N 1 /First 4 " + more)


def value_of(data, filters):
    return form_pdf([b"<< /T (q1.z) /FT /Tx /V 20 0 R >>"], {20: stream(data, b"/Filter [%s]" % filters)}, trailer=INFO)


FLATE = b"/FlateDecode "
CATALOG = b"<< /Type /Catalog /Pages 5 0 R /AcroForm 1 0 R >>"
PAGE = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1 1] /Contents 4 0 R >>"}
PDFS = {
    "in itself": lambda: packed_pdf({1: (5, 0), 5: (5, 0)}, {5: holding(CATALOG)}),
    "extends itself": lambda: packed_pdf({1: (5, 0)}, {5: holding(CATALOG, b"/Extends 5 0 R")}),
    "in each other": lambda: packed_pdf({1: (4, 0), 4: (1, 0)}, {7: b"<< >>"}),
    "stream of objects": lambda: packed_pdf({1: (5, 0)}, {5: stream(ZEROS, b"/Type /ObjStm /N 100000000 /First 10 /Filter /FlateDecode")}),
    "stream of references": lambda: b"%PDF-1.7\n9 0 obj\n" + stream(ZEROS, b"/Type /XRef /Size 2000000000 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode")
    + b"\nendobj\nstartxref\n9\n%%EOF\n",
    "two gigabytes on a point": lambda: raw_pdf(PAGE | {4: b"<< /Length 2147483647 >>\nstream\nq Q\nendstream"}),
    "bomb in a bomb in a bomb": lambda: value_of(zlib.compress(zlib.compress(ZEROS)), FLATE * 3),
    "five thousand filters": lambda: value_of(b"x", FLATE * 5_000),
    "run lengths": lambda: value_of(b"\x81A" * 5_000_000, b"/RunLengthDecode"),
    "ascii 85": lambda: value_of(b"z" * 20_000_000 + b"~>", b"/ASCII85Decode"),
    "unseen seal": lambda: form_pdf([b"<< /T (q1.z) /FT /Tx /V (1) >>", b"<< /T (softmark.paper) /FT /Tx /V (\x07\xad\x1b]0;x\x07) >>"], trailer=INFO),
}


@pytest.mark.parametrize("name", PDFS)
def test_a_pdf_made_to_do_harm_costs_one_sentence(tmp_path, name):
    (tmp_path / f"{name}.pdf").write_bytes(PDFS[name]())
    (tmp_path / "zz.pdf").write_bytes(HONEST)
    found, problems = read_submissions([tmp_path], Limits(memory=700_000_000, cpu=6))
    assert [one.answers for one in found] == [{"q1.z": "0.5"}]
    assert len(problems) == 1 and f"{name}.pdf" in problems[0]
    assert problems[0].isprintable() and len(problems[0]) < 300 and "could not be read (" not in problems[0]


def test_a_form_that_gives_two_values_for_one_answer_is_told(tmp_path):
    (tmp_path / "a.pdf").write_bytes(form_pdf([b"<< /T (q1.z) /FT /Tx /V (%s) >>" % v for v in (b"1", b"1", b"2", b"")], trailer=INFO))
    (found,), problems = read_submissions([tmp_path])
    assert found.answers == {"q1.z": "2"} and len(problems) == 1 and "q1.z: the form is there twice" in problems[0]


def test_what_an_xfa_form_says_is_not_asked(tmp_path):
    data = HONEST.replace(b"/AcroForm <<", b"/AcroForm << /XFA [(datasets) (<q1><z>7</z></q1>)]")
    (tmp_path / "a.pdf").write_bytes(data)
    (found,), _ = read_submissions([tmp_path])
    assert found.answers == {"q1.z": "0.5"}


# -- ZIP files


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def entries(count):
    """A ZIP64 file whose directory names one empty file `count` times."""
    one = zipped({"a.csv": b""})
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    size = (end - at) * count
    return one[:at] + one[at:end] * count + struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at) + \
        struct.pack("<4sLQL", b"PK\x06\x07", 0, at + size, 1) + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)


def test_one_bomb_in_a_class_costs_its_sender_only(tmp_path):
    folder = "Eve_{}_assignsubmission_file_/"
    (tmp_path / "all.zip").write_bytes(zipped({
        folder.format(1) + "a.pdf": HONEST, folder.format(2) + "bomb.pdf": b"%PDF-1.4" + b"0" * 210_000_000, folder.format(3) + "b.pdf": HONEST,
        folder.format(4) + "in.zip": zipped({"x.pdf": HONEST}), "\x1b[2J\u202e" + "n" * 5_000 + ".pdf": b"%PDF-", "../../../slip.pdf": HONEST}))
    found, problems = read_submissions([tmp_path / "all.zip"])
    assert len(found) == 3 and len(problems) == 3 and all(one.isprintable() and len(one) < 700 for one in problems)
    for said in ("bomb.pdf: unpacks to 210,000,008 bytes", "in.zip: is a ZIP inside a ZIP", "is a damaged PDF"):
        assert sum(said in one for one in problems) == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["all.zip"]


def test_a_zip_of_more_names_than_a_class_has(tmp_path):
    (tmp_path / "a.zip").write_bytes(entries(300_000))
    (tmp_path / "b.pdf").write_bytes(HONEST)
    found, problems = read_submissions([tmp_path])
    assert len(found) == 1 and len(problems) == 1 and "a.zip: holds 300,000 files" in problems[0]


def test_files_that_share_their_bytes_make_no_honest_zip(tmp_path):
    (tmp_path / "a.zip").write_bytes(entries(500))
    found, (problem,) = read_submissions([tmp_path])
    assert not found and "lie over each other" in problem


# -- folders


def test_links_that_lead_nowhere_stop_nothing(tmp_path):
    for name, target in (("ring.pdf", "ring.pdf"), ("one.pdf", "two.pdf"), ("two.pdf", "one.pdf"), ("inside", ".")):
        (tmp_path / name).symlink_to(target)
    (tmp_path / "x.pdf").mkdir()
    (tmp_path / "x.pdf" / "honest.pdf").write_bytes(HONEST)
    (tmp_path / "short.pdf").symlink_to(tmp_path / "x.pdf" / "honest.pdf")
    found, problems = read_submissions([tmp_path])
    assert len(found) == 2 and len(problems) == 4
    for name in ("ring.pdf", "one.pdf", "two.pdf", "inside"):
        assert sum(f"/{name}: " in one for one in problems) == 1


def test_a_folder_or_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "zz.pdf").write_bytes(HONEST)
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, (problem,) = read_submissions([tmp_path])
    assert len(found) == 1 and "closed: the folder cannot be opened (Permission denied)" in problem
    _, problems = read_submissions([tmp_path / ("p" * 300 + ".pdf"), tmp_path / "no.pdf"])
    assert len(problems) == 2 and "too long" in problems[0] and "no such file" in problems[1]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text(tmp_path):
    names = [b"bad\xff\xfe.pdf", "bidi\u202egpj.pdf".encode(), "\u061cx\u2067.pdf".encode(), b"bell\x07\x1b]0;x\x07.pdf", b"line\nfeed.pdf", b"[b].pdf"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(HONEST if name.startswith(b"bad") else b"%PDF-")
    found, problems = read_submissions([tmp_path])
    assert len(found) == 1 and found[0].source.isprintable()
    assert len(problems) == 5 and all(one.isprintable() for one in problems)


# -- what reaches the terminal


def test_nothing_that_a_terminal_obeys_is_printed(capsys):
    options.say("a\x1b[2J\x9b31m\u202e\nb")
    options.report(False, {}, ["c\x07"])
    said = capsys.readouterr()
    assert said.err == "a\ufffd[2J\ufffd31m\ufffd\nb\n" and said.out == "c\ufffd\n"
    assert shown("\u061c\u2060\ufeff\U000e0041") == "\ufffd" * 4


def test_names_with_brackets_go_through_the_progress_bar(monkeypatch):
    import rich.console

    monkeypatch.setattr(rich.console.Console, "is_terminal", True)
    monkeypatch.setattr(rich.console.Console, "file", io.StringIO())
    with options.progress("marking", 3) as step:
        for name in ("[/b]", "[red]\x1b[2J", "x" * 5_000):
            step(name)


# -- whose paper it is


def resealed(data, info, field):
    writer = PdfWriter(clone_from=io.BytesIO(data))
    writer.add_metadata({"/SoftmarkPaper": info})
    for page in writer.pages:
        for one in page.get("/Annots", ()):
            if one.get_object().get("/F") == 2:
                one.get_object()[NameObject("/V")] = TextStringObject(field)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_seal_that_a_terminal_would_obey(tmp_path):
    bank = open_bank(str(tmp_path / "bank.db"), create=True)
    ann, ben = class_papers(quiz(), [Student("s1", "Ann [/b]"), Student("s2", "Ben")], bank)
    blank = pdf_of(ann, bank.secret)
    good, other = seal(bank.secret, ann.paper_id), "\x1b[2J\x1b]0;x\x07EVIL\u202e zz zz"
    folder = tmp_path / "in"
    folder.mkdir()
    for name, (info, field) in {"a": (good, other), "b": (other, good), "c": (other, other), "d": (good + "\u202e",) * 2}.items():
        (folder / f"{name}.pdf").write_bytes(resealed(blank, info, field))
    (folder / "Ben_2_assignsubmission_file_.pdf").write_bytes(by_pypdf(blank, typed_for(ann)))
    found = grade(bank, [folder])
    assert [one.paper.student.id for one in found.marked] == ["s1"] and [one.student.id for one in found.missing] == ["s2"]
    assert len(found.problems) == 4 and all(one.isprintable() and "tampered" in one for one in found.problems)
    writer = PdfWriter()
    for data in (by_pypdf(pdf_of(paper, bank.secret), typed_for(paper)) for paper in (ann, ben)):
        writer.append(io.BytesIO(data))
    (tmp_path / "both").mkdir()
    writer.write(tmp_path / "both" / "both.pdf")
    found = grade(bank, [tmp_path / "both"])
    assert not found.marked and len(found.problems) == 1 and "two papers were put into one file" in found.problems[0]

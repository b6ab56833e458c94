"""Files that want to do harm: each costs one sentence, and the honest file beside them is read."""

import csv
import io
import json
import os
import struct
import sys
import zipfile
import zlib

import pytest

from softmark.commands.output import csv_text, safe_cell
from softmark.grader.files.opening import KINDS
from softmark.grader.files.pile import unquoted
from softmark.grader.isolation import Limits, read_apart
from softmark.grader.submissions import read_submissions
from softmark.worksheet.errors import UserError
from tests.hostile_readers import misbehave

HEAD = "paper,student,q1.z\n"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def xlsx(cells="", before="", strings="", styles="", sheet=None):
    rows = sheet if sheet is not None else f"{before}<worksheet {NS}><sheetData>{cells}</sheetData></worksheet>"
    return zipped({
        "xl/workbook.xml": f'<workbook {NS}><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": rows, **({"xl/sharedStrings.xml": strings} if strings else {}),
        **({"xl/styles.xml": styles} if styles else {})})


def row(number, *cells):
    return f'<row r="{number}">' + "".join(
        cell if cell.startswith("<") else f'<c r="{"ABCDEFG"[n]}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for n, cell in enumerate(cells)) + "</row>"


def encrypted(data):
    """The same ZIP with the flag of encryption set in both of its heads."""
    at = data.index(b"PK\x01\x02")
    return data[:6] + b"\x01" + data[7:at + 8] + b"\x01" + data[at + 9:]


def lying(data, size):
    """The same ZIP, which claims that its member is of another size."""
    at = data.index(b"PK\x01\x02")
    return data[:at + 24] + struct.pack("<I", size) + data[at + 28:]


def overlapping(count):
    """Many names in the directory for one and the same packed bytes."""
    one = zipped({"a.csv": HEAD + "P,s," + "0" * 900_000})
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    return one[:at] + one[at:end] * count + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, (end - at) * count, at, 0)


LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
OUTSIDE = '<!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
BOMB = zipped({"a.csv": b"0" * 40_000_000})

REFUSED = {
    "bomb.zip": BOMB,
    "bomb_of_bombs.zip": zipped({f"{n}.csv": b"0" * 30_000_000 for n in range(8)}),
    "nested.zip": zipped({"inner.zip": BOMB}),
    "encrypted.zip": encrypted(zipped({"a.csv": HEAD + "P,s,1\n"})),
    "lying.zip": lying(zipped({"a.csv": b"0" * 5_000_000}), 10),
    "overlapping.zip": overlapping(300),
    "many.zip": zipped({f"{n}.txt": b"" for n in range(10_001)}, zipfile.ZIP_STORED),
    "lzma.zip": zipped({"a.csv": HEAD + "P,s,1\n"}, zipfile.ZIP_LZMA),
    "damaged.zip": zipped({"a.csv": (HEAD + "P,s,1\n") * 200}).replace(zlib.compress(b"")[:1], b"\0", 1)[:120],
    "empty.zip": zipped({}),
    "no.zip": b"PK\x03\x04",
    "laughs.xlsx": xlsx(row(1, "paper", "q1.z") + row(2, "P", "&a11;"), LAUGHS),
    "outside.xlsx": xlsx(row(1, "paper", "q1.z") + row(2, "P", "&e;"), OUTSIDE),
    "laughing_strings.xlsx": xlsx(row(1, "paper"), strings=LAUGHS + f"<sst {NS}><si><t>&a11;</t></si></sst>"),
    "wide.xlsx": xlsx('<row r="1"><c r="XFD1"><v>1</v></c></row>'),
    "million_columns.xlsx": xlsx('<row r="1">' + "<c><v>1</v></c>" * 6_000 + "</row>"),
    "tall.xlsx": xlsx('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    "torn.xlsx": xlsx(sheet=f"<worksheet {NS}><sheetData><row>"),
    "bomb.xlsx": xlsx(sheet="<a>" + " " * 45_000_000 + "</a>"),
    "deep.xlsx": xlsx("<x>" * 100_000),
    "document.xlsx": zipped({"word/document.xml": "<w/>"}),
    "text.xlsx": b"paper,q1.z\nP,1\n",
    "one_line.csv": HEAD.encode() + b"x" * 49_000_000,
    "too_large.csv": b"x" * 50_000_001,
    "columns.csv": b"paper," + b",".join(b"q1.z[%d]" % n for n in range(100_000)) + b"\nP,1\n",
    "lines.csv": HEAD.encode() + b"P,s,1\n" * 200_001,
    "quote.csv": (HEAD + 'P,s,"1\n' + "Q,t,2\n" * 100).encode(),
    "nul.csv": b"paper,q1.z\nP,1\0\n",
    "halves.csv": b"\xff\xfep\x00\x00\xd8a\x00",
    "odd.csv": b"paper,q1.z\nP,\x81\x8d\n",
    "empty.csv": b"", "blank.csv": b" \n\n ", "headless.csv": b"1,2,3\n",
    "twice.json": b'{"paper": "P", "answers": {"q1.z": 1, "q1.z": 2}}',
    "nan.json": b'{"paper": "P", "answers": {"q1.z": NaN}}',
    "infinity.json": b'{"paper": "P", "answers": {"q1.z": -Infinity}}',
    "deep.json": b"[" * 1_000_000 + b"]" * 1_000_000,
    "deep_objects.json": b'{"a":' * 200_000,
    "digits.json": b'{"paper": "P", "answers": {"q1.z": ' + b"9" * 5_000 + b"}}",
    "deep_answer.json": b'{"paper": "P", "answers": {"q1.z": ' + b"[" * 300 + b"]" * 300 + b"}}",
    "object.json": b'{"paper": "P", "answers": {"q1.z": {"a": 1}}}',
    "names.json": json.dumps({"paper": "P\n\x1b[2J\u202e", "answers": {"q1.z": "1"}}).encode(),
    "long_name.csv": HEAD.encode() + b"P" * 5_000 + b",s,1\n",
    "sheet.pdf": b"%PDF-1.4", "old.xls": b"\xd0\xcf\x11\xe0", "page.html": b"<!doctype html>",
    "moodle.csv": b"ID number,State,Response 1\n,Finished,5\n",
}


def read(path, name=None, data=None):
    if data is not None:
        (path / name).write_bytes(data)
        path = path / name
    return read_submissions([path])


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_costs_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(REFUSED[name])
    (tmp_path / "zz_honest.csv").write_text(HEAD + "P,s,0.5\n")
    found, problems = read(tmp_path)
    assert [one.answers for one in found if one.answers] == [{"q1.z": "0.5"}]
    assert problems and all(name in problem for problem in problems)
    for problem in problems:
        assert problem.isprintable() and len(problem) < 600
        assert not any(word in problem for word in ("Traceback", "could not be read (", "broke the reader", "root:"))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "zz_honest.csv"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices as files")
def test_pipes_devices_folders_and_links(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "passwords.csv").symlink_to("/etc/passwd")
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "missing")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.csv" / "a.csv").write_text(HEAD + "P,s,1\n")
    found, problems = read(tmp_path)
    assert len(found) == 1 and len(problems) == 5
    told = "\n".join(sorted(problems))
    for name, said in (("pipe.csv", "no ordinary file"), ("zero.csv", "leads out"), ("passwords.csv", "leads out"),
                       ("nowhere.csv", "no such file"), ("round", "link to a folder")):
        assert any(name in line and said in line for line in told.splitlines())
    _, problems = read_submissions([tmp_path / "zero.csv", tmp_path / "pipe.csv"])
    assert len(problems) == 2 and all("no ordinary file" in problem for problem in problems)


def test_names_in_a_zip_are_never_paths(tmp_path):
    names = ["../../x.csv", "/etc/y.csv", "C:\\z.csv", "..\\..\\w.csv", "a/\x1b[31m\u202eb.csv", "__MACOSX/._x.csv"]
    (tmp_path / "in").mkdir()
    found, problems = read(tmp_path / "in", "slip.zip", zipped({name: HEAD + f"P{n},s,1\n" for n, name in enumerate(names)}))
    assert [one.paper for one in found] == ["P0", "P1", "P2", "P3", "P4"] and not problems
    assert all(one.source.startswith(str(tmp_path)) and one.source.isprintable() for one in found)
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "slip.zip"]


def test_a_name_of_ones_own(tmp_path):
    name = "a\n\x1b[2Jb.csv"
    (tmp_path / name).write_text("nothing")
    _, problems = read(tmp_path)
    assert len(problems) == 1 and problems[0].isprintable()


FORMULAS = ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "=cmd|'/c calc'!A0", "=HYPERLINK(\"http://x\")", "＝1+2", "\t=1", "x;=1+2", "1;-cmd|' /C calc'!A0",
            " =1", "a\n=1+2", "+A1", "-A1", "-inf"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_that_is_written_is_a_formula(text):
    written = csv_text([text], [[text]])
    for delimiter in (",", ";", "\t"):
        for line in csv.reader(io.StringIO(written), delimiter=delimiter):
            for cell in line:
                assert not cell.lstrip(' "').startswith(tuple("=+-@＝＋－＠\t\r"))
    # what a spreadsheet without quotes would make of it
    assert "\n=" not in written and ";=" not in written and ";-" not in written


@pytest.mark.parametrize("text", ["-0.7", "−0.7", "-1e-5", "+3", "-0,7", "-12%", "- 0.7", "-.5", "4 3; -2 4", "[1; -2]", "z=1; y=2", "0.5"])
def test_numbers_stay_as_they_are(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", ["=1+2", "+1+2", "-x", "@x", "\t=1", "a;=1", "a\n-x", "4 3; -2 4"])
def test_formulas_are_read_as_the_text_they_are(tmp_path, text):
    written = csv_text(["paper", "q1.z"], [["P", text]])
    found, problems = read(tmp_path, "a.csv", written.encode())
    assert found[0].answers == {"q1.z": text} and not problems
    assert unquoted("'x") == "'x"


def test_a_formula_in_a_sheet_gives_its_stored_value(tmp_path):
    cells = row(1, "paper", "q1.z", "q1.y", "q1.x") + row(
        2, "P", '<c r="B2"><f>1+2</f><v>3</v></c>', '<c r="C2"><f>WEBSERVICE("http://x")</f></c>', "=1+2")
    found, problems = read(tmp_path, "f.xlsx", xlsx(cells))
    assert found[0].answers == {"q1.z": "3", "q1.x": "=1+2"}
    assert len(problems) == 2 and "B2" in problems[0] and "C2" in problems[1] and "blank" in problems[1]


def test_a_sheet_is_read_as_it_is_shown(tmp_path):
    strings = f"<sst {NS}><si><t>paper</t></si><si><r><t>q1</t></r><r><t>.z</t></r><rPh><t>no</t></rPh></si></sst>"
    styles = f'<styleSheet {NS}><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    cells = ('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>q1.y</t></is></c>'
             '<c r="D1" t="inlineStr"><is><t>submitted</t></is></c></row>'
             '<row r="3"><c r="A3" t="str"><v>P</v></c><c r="B3"><v>0.30000000000000004</v></c><c r="C3" s="1"><v>45294</v></c><c r="D3" s="2"><v>45301.59375</v></c></row>')
    found, problems = read(tmp_path, "s.xlsx", xlsx(cells, strings=strings, styles=styles))
    assert found[0].answers["q1.z"] == "0.3" and found[0].received == "2024-01-10T14:15:00"
    assert len(problems) == 1 and "made a date" in problems[0] and "row 3" in problems[0]


@pytest.mark.parametrize(("encoding", "told"), [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("cp1252", 1)])
def test_encodings(tmp_path, encoding, told):
    found, problems = read(tmp_path, "a.csv", (HEAD + "P,Äther,½\n").encode(encoding))
    assert found[0].student == "Äther" and found[0].answers == {"q1.z": "½"} and len(problems) == told


@pytest.mark.parametrize(("text", "z"), [
    ("paper;q1.z\nP;0,5\n", "0,5"), ("sep=;\npaper;q1.z\nP;0,5\n", "0,5"), ("paper\tq1.z\nP\t1\n", "1"), ("paper,q1.z\rP,1\r", "1"),
    ("\npaper,q1.z\nP,1\n", "1"), ('paper,q1.z\nP,"[1, 2]"\n', "[1, 2]"), ('paper,q1.z\nP,"a"b\n', "ab"), ('paper,q1.z\nP,12"\n', '12"')])
def test_csv_in_good_faith(tmp_path, text, z):
    found, _ = read(tmp_path, "a.csv", text.encode())
    assert found[0].answers == {"q1.z": z}


def test_unseen_characters_in_answers_are_no_digits(tmp_path):
    data = json.dumps({"paper": "P", "answers": {"q1.z": "1\x002", "q1.y": "\ud8001", "q1.x\ud800": "1"}}).encode()
    found, problems = read(tmp_path, "a.json", data)
    assert found[0].answers == {"q1.z": "1\ufffd2", "q1.y": "\ufffd1"} and len(problems) == 1


def test_hundreds_of_complaints_are_a_few_sentences(tmp_path):
    _, problems = read(tmp_path, "a.csv", (HEAD + ",,1\n" * 5_000).encode())
    assert len(problems) < 60 and "4960 more" in problems[-1]


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="limits of the system")


@POSIX
def test_the_child_bears_what_readers_do(tmp_path):
    said = {"hog": "GB of memory", "spin": "seconds of computing", "exit": "broke the reader", "abort": "broke the reader",
            "flood": "more than answers can be", "deep": "could not be read", "object": "could not be read", "refuse": "is refused", "write": "could not be read"}
    fine = {"print": "printed", "environment": [], "modules": [], "good": {"read": "good"}}
    names = [name for bad in list(said) for name in (bad, "good")] + [*fine]
    limits = Limits(memory=400_000_000, cpu=1, output=1_000_000)
    told = list(read_apart(misbehave, [str(tmp_path / name) for name in names], limits))
    names.append("sleep")
    told += read_apart(misbehave, [str(tmp_path / "sleep")], Limits(wall=1))
    assert [os.path.basename(path) for path, _ in told] == names
    said["sleep"] = "not read within"
    for path, found in told:
        name = os.path.basename(path)
        if name in said:
            assert isinstance(found, UserError) and said[name] in str(found) and str(path) in str(found)
            assert str(found).isprintable()
        else:
            assert [value for value in found if value != "LC_CTYPE"] == fine[name] if name == "environment" else found == fine[name]
    assert not any(path.stat().st_size for path in tmp_path.iterdir())


@POSIX
def test_a_file_that_needs_too_much_memory(tmp_path):
    (tmp_path / "a.csv").write_text(HEAD + ("P,s" + ",12345" * 12 + "\n") * 190_000)
    (tmp_path / "b.csv").write_text(HEAD + "P,s,1\n")
    found, problems = read_submissions([tmp_path], Limits(memory=120_000_000))
    assert len(found) == 1 and len(problems) == 1 and "memory" in problems[0]


def test_all_kinds_are_named_where_one_is_refused(tmp_path):
    _, problems = read(tmp_path, "a.txt", b"1")
    assert all(kind in problems[0] for kind in KINDS)

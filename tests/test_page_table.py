"""The [page] table, logos and large print as they are read and kept; pages themselves: test_pages.py."""

import base64
import io
import struct
import zlib

import pytest

from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.logo import MAX_SHAPES, read_logo
from softmark.problem_bank.papers import paper_record
from softmark.problem_bank.quizfile import load_quiz, parse_quiz
from softmark.problem_bank.roster import Student, load_roster
from softmark.worksheet.errors import UserError
from tests.paper_forms import class_papers

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
QUIZ = 'title = "Week 3"\n{}\n[[question]]\ntemplate = "perceptron/boolean_network"\n'


def png(width=2, height=2):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x80" * 3 * width) * height) if width < 100 else zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("table", "said"), [
    ('size = "a5"', r"\[page\] \(line 3\): size = 'a5': input should be 'a4' or 'letter'"),
    ('print = "huge"', r"\[page\].*'normal' or 'large'"),
    ('title_page = "yes"', r"\[page\].*title_page.*boolean"),
    ('sise = "a4"', r"\[page\].*no key 'sise'; did you mean 'size'"),
    ('footer = "a\\nb"', r"\[page\].*footer.*one line"),
    (f'footer = "{"x" * 201}"', r"\[page\].*footer.*at most 200"),
    ("logo = 3", r"\[page\].*logo.*string")])
def test_a_bad_page_table_is_told_in_one_sentence(table, said):
    with pytest.raises(UserError, match=said) as told:
        parse_quiz(QUIZ.format("[page]\n" + table), "quiz.toml")
    assert "\n" not in str(told.value)


def test_nobody_attaches_a_file_by_the_quiz_file_itself():
    with pytest.raises(UserError, match="no key 'attached'"):
        parse_quiz('attached = {logo = "x"}\n' + QUIZ.format(""))


BOMB = "".join(f'<g id="g{n}">' + f'<use href="#g{n + 1}"/>' * 10 + "</g>" for n in range(12)) + '<rect id="g12"/>'
ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(("data", "said"), [
    (SVG.replace("<rect", '<image href="http://127.0.0.1:9/x.png"/><rect'), "nothing outside the file is fetched"),
    (SVG.replace("<rect", '<image xmlns:x="http://www.w3.org/1999/xlink" x:href="file:///etc/passwd"/><rect'), "etc/passwd"),
    (SVG.replace("<rect", "<script>alert(1)</script><rect"), "<script>"),
    (SVG.replace("<rect", "<style>@import 'http://127.0.0.1:9/';</style><rect"), "@import"),
    (SVG.replace("<rect", '<rect style="fill: url(http://127.0.0.1:9/#a)"/><rect'), "127"),
    (ENTITIES + SVG, "entities"),
    (SVG.replace("<rect", BOMB + "<rect"), f"{MAX_SHAPES:,} shapes"),
    (SVG.replace("<rect", '<g id="a"><use href="#a"/></g><rect'), "without end"),
    (SVG.replace("<rect", "<g>" * 5000 + "</g>" * 5000 + "<rect"), "without end"),
    (SVG[:-6], "well-formed"), ("<html><svg/></html>", "outermost element is <html>"),
    ("GIF89a", "neither SVG nor PNG"), ("", "neither SVG nor PNG"), ("<svg>" + "x" * 500_000, "500,000"),
    (png(100_000, 100_000), "100,000×100,000 pixels"), (png()[:45], "broken PNG"), (b"\x89PNG\r\n\x1a\n", "0×0")],
    ids=range(17))
def test_a_hostile_logo_is_refused_in_one_sentence(tmp_path, data, said):
    (tmp_path / "logo").write_bytes(data if isinstance(data, bytes) else data.encode())
    (tmp_path / "quiz.toml").write_text(QUIZ.format('[page]\nlogo = "logo"'))
    with pytest.raises(UserError, match=r"quiz.toml: \[page\]: logo: .*logo: ") as told:
        load_quiz(tmp_path / "quiz.toml")
    assert said in str(told.value) and "\n" not in str(told.value)


def test_a_logo_that_is_not_there_is_told(tmp_path):
    (tmp_path / "quiz.toml").write_text(QUIZ.format('[page]\nlogo = "no.svg"'))
    with pytest.raises(UserError, match="no such file"):
        load_quiz(tmp_path / "quiz.toml")


def test_ordinary_logos_are_read(tmp_path):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(out, "PNG")
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    inside = f'<image href="data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"/>'
    for data in (png(), out.getvalue(), SVG.encode(), (doctype + SVG).encode(),
                 SVG.replace("<rect", f'{inside}<rect fill="url(#a)"').encode()):
        (tmp_path / "logo").write_bytes(data)
        assert read_logo(tmp_path / "logo") == data


def test_the_bank_keeps_logo_and_print(tmp_path):
    (tmp_path / "logo.svg").write_text(SVG)
    (tmp_path / "quiz.toml").write_text(QUIZ.format('[page]\nlogo = "logo.svg"\nsize = "letter"'))
    quiz = load_quiz(tmp_path / "quiz.toml")
    where = str(tmp_path / "bank.db")
    first = class_papers(quiz, [Student("s1", "Ann"), Student("s2", "Ben", print="large")],
                         open_bank(where, create=True))
    (tmp_path / "logo.svg").unlink()
    again = open_bank(where)
    assert [again.paper(s).student.print for s in ("s1", "s2")] == ["", "large"]
    assert again.paper("s1").quiz.attached == again.one_quiz().attached == {"logo": SVG.encode()}
    assert again.paper("s1").quiz.page.size == "letter"
    # an accommodation that is granted later changes the print, and nothing that was drawn
    later = class_papers(again.one_quiz(), [Student("s1", "Ann", print="large"), Student("s2", "Ben")], again)
    kept = [open_bank(where).paper(s) for s in ("s1", "s2")]
    assert [paper.student.print for paper in later] == [paper.student.print for paper in kept] == ["large", ""]
    for one, two, three in zip(first, later, kept, strict=True):
        assert one.paper_id == two.paper_id == three.paper_id
        assert [paper_record(item) for item in one.problems] == [paper_record(item) for item in three.problems]


def test_the_class_list_says_who_gets_large_print(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text("id,name,print\ns1,Ann,Large\ns2,Ben,\ns3,Cem\n")
    assert [student.print for student in load_roster(path)] == ["large", "", ""]
    path.write_text("id,name,print\ns1,Ann,huge\n")
    with pytest.raises(UserError, match="line 2: print is 'huge'; write large"):
        load_roster(path)

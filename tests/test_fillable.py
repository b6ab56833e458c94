"""Papers as forms: every box a field, whatever program fills it in, and nothing inside that helps."""

import io

import pytest
from pypdf import PdfReader

from softmark.commands.merging import merge
from softmark.grader.submissions import read_submissions
from softmark.problem_bank.seeds import seal, unseal
from softmark.rendering import pdf as rendering
from softmark.rendering.assets import has_katex
from softmark.rendering.form_font import field_font
from tests import pdfjs
from tests.paper_forms import (
    SECRET,
    TYPED,
    by_mupdf,
    by_pdfium,
    by_pdfjs,
    by_pypdf,
    paper_of,
    pdf_of,
    typed_for,
)


@pytest.fixture(scope="module")
def paper():
    return paper_of()


@pytest.fixture(scope="module")
def data(paper):
    with rendering.quiet() as said:
        made = pdf_of(paper)
    assert not said
    return made


@pytest.fixture(scope="module")
def fields(data):
    return {name: one for name, one in PdfReader(io.BytesIO(data)).get_fields().items() if one.get("/FT")}


def cells(paper):
    return {f"q{item.number}.{cell.name}": ask for item in paper.problems for ask in item.asks for cell in ask.cells}


def test_every_ask_is_a_field_that_says_what_it_is(paper, fields):
    asked = cells(paper)
    assert set(fields) == {*asked, "q3.text", "softmark.paper"}
    for name, ask in asked.items():
        assert fields[name]["/FT"] == ("/Ch" if ask.kind == "choice" else "/Tx")
        assert fields[name]["/TU"].startswith(f"Question {name[1]} (") and "\\" not in fields[name]["/TU"]
        if ask.kind == "choice":
            assert [word for word, _ in fields[name]["/Opt"]] == ["", *ask.options]
    assert fields["q3.text"]["/Ff"] & 1 << 12
    assert all(fields[name].get("/V") in (None, "") for name in asked), "nothing is filled in"


def test_the_paper_says_which_it_is_and_nothing_more(paper, data, fields):
    reader = PdfReader(io.BytesIO(data))
    said = seal(SECRET, paper.paper_id)
    assert fields["softmark.paper"]["/V"] == said and fields["softmark.paper"]["/Ff"] & 1
    assert reader.metadata == {"/Producer": reader.metadata["/Producer"], "/Title": "Week 3", "/SoftmarkPaper": said}
    assert not {"/OpenAction", "/AA", "/Names", "/Metadata"} & set(reader.trailer["/Root"])
    for number in range(1, len(reader.xref_objStm) + len(reader.xref.get(0, {})) + 1):
        one = reader.get_object(number)
        if isinstance(one, dict):
            assert not {"/JS", "/JavaScript", "/A", "/AA", "/EF"} & set(one), one


def test_the_same_paper_is_the_same_bytes(paper, data):
    assert pdf_of(paper) == data


def test_boxes_lie_on_the_page_apart_and_in_the_order_of_reading(data):
    seen = 0
    for page in PdfReader(io.BytesIO(data)).pages:
        assert page["/Tabs"] == "/R"
        boxes = [[float(at) for at in one.get_object()["/Rect"]] for one in page.get("/Annots", ())]
        boxes = [box for box in boxes if any(box)]
        seen += len(boxes)
        for n, (left, low, right, top) in enumerate(boxes):
            assert 50 < left < right < 550 and 45 < low < top < 800
            assert right - left >= 30 and top - low >= 11
            for other in boxes[:n]:
                assert right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= low
        rows = [(-round(box[3]), box[0]) for box in boxes]
        assert rows == sorted(rows)
    assert seen > 15


@pytest.mark.skipif(not has_katex(), reason="the faces are not here")
def test_the_font_of_the_fields_has_every_sign():
    from fontTools.ttLib import TTFont

    font = field_font()
    known = TTFont(io.BytesIO(font.data))
    greek = "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
    for char in {*"".join(TYPED), *greek, *"−×÷±·≤≥≠≈∞√∂∇→⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉äöüß’–…"} - {" "}:
        name = known.getBestCmap()[ord(char)]
        assert known["glyf"][name].numberOfContours > 0, char
        code = next((code for code, one in font.differences.items() if one == char), ord(char))
        assert code < 256 and font.widths[code - 32] == known["hmtx"][name][0]
        assert f"<{code:02x}> <{ord(char):04x}>" in font.to_unicode()
    heights = [known["glyf"][known.getBestCmap()[ord(char)]].yMin for char in "⁴4₄"]
    assert heights[0] > heights[1] > heights[2]


@pytest.mark.skipif(not has_katex(), reason="the faces are not here")
def test_what_was_typed_is_drawn_with_its_own_signs(data):
    import pymupdf

    filled = by_pypdf(data, dict.fromkeys(typed_for(paper_of()), "−0.7 σ λ₁"))
    with pymupdf.open(stream=filled) as document:
        document.bake()
        text = " ".join("".join(page.get_text() for page in document).split())
    assert text.count("−0.7 σ λ₁") > 10


PROGRAMS = {"pypdf": lambda d, v, _: by_pypdf(d, v), "mupdf": lambda d, v, _: by_mupdf(d, v),
            "pdfium": lambda d, v, _: by_pdfium(d, v)}
if pdfjs.IS_HERE:
    PROGRAMS["pdf.js"] = by_pdfjs


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_programs_save_is_what_was_typed(tmp_path, paper, data, program):
    if program == "pdfium":
        pytest.importorskip("pypdfium2")
    values = typed_for(paper) | {"q3.text": "Its slope is\nat most 1/4: σ′ ≤ ¼"}
    saved = PROGRAMS[program](data, values, tmp_path)
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "any name.pdf").write_bytes(saved)
    (found,), problems = read_submissions([tmp_path / "back"])
    assert not problems and found.form == "filled" and found.paper == paper.paper_id
    assert [unseal(SECRET, one)[1] for one in found.seals] == ["good"]
    assert found.answers == values


def test_without_fields_the_paper_looks_the_same(tmp_path, paper, data):
    plain = PdfReader(io.BytesIO(pdf_of(paper, fillable=False)))
    form = PdfReader(io.BytesIO(data))
    assert "/AcroForm" not in plain.trailer["/Root"] and "/SoftmarkPaper" in plain.metadata
    assert [p.get_contents().get_data() for p in plain.pages] == [p.get_contents().get_data() for p in form.pages]
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(data)
    assert merge([tmp_path / "a.pdf", tmp_path / "b.pdf"], tmp_path / "all.pdf") == []
    printed = PdfReader(tmp_path / "all.pdf")
    assert printed.get_fields() is None and not any("/Annots" in page for page in printed.pages)
    assert len(printed.pages) % 2 == 0


def test_seals():
    good = seal(SECRET, "K7QM-3X9P-2")
    assert unseal(SECRET, seal(b"other", "K7QM-3X9P-2"))[1] == "foreign"
    assert unseal(SECRET, good)[1] == "good", "who holds the secret signed it; whether there is such a paper says the bank"
    one, two = (paper_of(name).paper_id for name in ("a", "b"))
    assert unseal(SECRET, seal(SECRET, one)) == (one, "good")
    for text in (seal(SECRET, one).replace(one, two), seal(SECRET, one)[:-1], one, "", "x" * 500, one + " é"):
        assert unseal(SECRET, text)[1] == "tampered"

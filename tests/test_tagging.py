"""Tagged PDFs, read back with pypdf: the tree, its words, its languages, and forms that still work."""

import io
import json
from collections import Counter

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ContentStream

from softmark.grader.marked import mark_paper
from softmark.grader.submissions import Submission
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.assets import has_katex
from softmark.rendering.forms import fields_of, form_of
from softmark.rendering.pages import feedback_html, paper_html, sheet_html
from softmark.rendering.pdf import quiet, render_pdf
from tests import pdfjs

QUIZ = '''title = "Blatt 3"
course = "Neuronale Netze"
[page]
language = "de"
footer = "Fuß"
title_page = true
accessible = true
[[question]]
template = "backprop/backprop_numeric"
[[question]]
template = "architectures/memory_vgg"
[[question]]
template = "sequences/tfidf"
[[question]]
text = "Warum?"
'''
#: what paints; a path that only clips does not
PAINT = {b"f", b"f*", b"F", b"B", b"B*", b"b", b"b*", b"S", b"s", b"Tj", b"TJ", b"'", b'"', b"Do", b"sh"}


@pytest.fixture(scope="module")
def paper():
    return make_paper(parse_quiz(QUIZ), Student("s1", "Ann Ärger"), b"secret")


@pytest.fixture(scope="module")
def documents(paper):
    answers = {f"q1.{cell.name}": "-0.3" for ask in paper.problems[0].asks for cell in ask.cells}
    marked = mark_paper(paper, Submission("p", "s1", "test", answers), []).questions
    with quiet() as said:
        made = {"paper": render_pdf(paper_html(paper), form=form_of(paper, "seal"), accessible=True),
                "sheet": render_pdf(sheet_html(paper), accessible=True),
                "feedback": render_pdf(feedback_html(paper, marked), accessible=True)}
    assert said == []
    return made


@pytest.fixture(params=["paper", "sheet", "feedback"])
def reader(request, documents):
    return PdfReader(io.BytesIO(documents[request.param]))


def elements(one):
    """Every element of the tree in reading order, numbers of marked content left out."""
    one = one.get_object()
    if isinstance(one, dict):
        yield one
        kids = one.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            yield from elements(kid)


def tree(reader):
    return list(elements(reader.root_object["/StructTreeRoot"]["/K"][0]))


def kinds(reader):
    return Counter(one["/S"] for one in tree(reader) if "/S" in one)


def test_a_tagged_document_says_so_and_has_title_and_language(reader):
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"].value and root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert reader.metadata.title == "Blatt 3"
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_object().get_data()
    assert all(page["/Tabs"] == "/S" for page in reader.pages)
    count = len(reader.pages)
    assert all(f"{number} von {count}" in page.extract_text()
               for number, page in enumerate(reader.pages, 1))


@pytest.mark.skipif(not has_katex(), reason="KaTeX is not installed")
def test_every_formula_and_figure_has_words_that_are_no_latex(reader):
    found = [one for one in tree(reader) if one.get("/S") in ("/Formula", "/Figure")]
    words = [str(one.get("/Alt", "")) for one in found]
    assert len(words) > 20 and all(words)
    assert not [text for text in words if "\\" in text or "{" in text]
    width, height = reader.pages[0].mediabox[2:]
    for one in found:
        x1, y1, x2, y2 = one["/A"]["/BBox"]
        assert 0 < x1 < x2 < width + 1 and 0 < y1 < y2 < height + 1


@pytest.mark.skipif(not has_katex(), reason="KaTeX is not installed")
def test_formulas_are_formulas_and_drawings_are_figures(documents):
    found = kinds(PdfReader(io.BytesIO(documents["paper"])))
    assert found["/Formula"] > 50 and found["/Figure"] == 2


def test_headings_of_tables_say_what_they_head_and_layout_is_no_table(documents):
    for name, least in (("paper", 20), ("feedback", 5)):
        reader = PdfReader(io.BytesIO(documents[name]))
        heads = [one["/A"]["/Scope"] for one in tree(reader) if one.get("/S") == "/TH"]
        assert len(heads) >= least and set(heads) <= {"/Column", "/Row"}
        assert name != "paper" or set(heads) == {"/Column", "/Row"}
        for table in (one for one in tree(reader) if one.get("/S") == "/Table"):
            assert any(one.get("/S") == "/TH" for one in elements(table))


def test_english_parts_of_a_german_page_are_marked(documents, reader):
    languages = Counter(str(one["/Lang"]) for one in tree(reader) if "/Lang" in one)
    assert languages["en"] >= 3 and set(languages) <= {"en", "de"}


def test_all_that_is_painted_is_in_the_tree_or_an_artifact(reader):
    parents = reader.root_object["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    for page in reader.pages:
        depth, numbers, artifacts = 0, set(), 0
        for operands, operator in ContentStream(page.get_contents(), reader).operations:
            if operator in (b"BDC", b"BMC"):
                depth += 1
                assert depth == 1, "marked content inside marked content"
                artifacts += operands[0] == "/Artifact"
                if operator == b"BDC" and "/MCID" in operands[1]:
                    numbers.add(int(operands[1]["/MCID"]))
            elif operator == b"EMC":
                depth -= 1
            assert depth or operator not in PAINT, operator
        key = int(page["/StructParents"])
        owners = next(parents[i + 1] for i in range(0, len(parents), 2) if parents[i] == key)
        held = {number for number, owner in enumerate(owners) if isinstance(owner.get_object(), dict)}
        assert numbers == held
        assert artifacts, "number of the page and foot are artifacts"


def test_every_element_is_in_the_tree_once_and_owns_its_content(reader):
    """What the tree reads, in order, is what the parents' array says is read."""
    parents = reader.root_object["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    owned = sum(isinstance(owner.get_object(), dict) for i in range(0, len(parents), 2)
                if isinstance(parents[i + 1].get_object(), list) for owner in parents[i + 1])
    read = sum(isinstance(kid.get_object(), int) for one in tree(reader)
               for kid in (one["/K"] if isinstance(one.get("/K"), list) else [one.get("/K", 0)])
               if "/S" in one)
    assert read == owned > 50


def test_every_box_to_fill_is_a_form_element_at_its_place(paper, documents):
    reader = PdfReader(io.BytesIO(documents["paper"]))
    forms = [one for one in tree(reader) if one.get("/S") == "/Form"]
    widgets = [form["/K"][0]["/Obj"] for form in forms]
    assert len(widgets) == len(fields_of(paper)) > 40
    assert all(widget["/TU"].startswith("Aufgabe ") for widget in widgets)
    assert [widget["/TU"] for widget in widgets] == [field.tip for field in fields_of(paper).values()]
    parents = reader.root_object["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    by_key = {int(parents[i]): parents[i + 1] for i in range(0, len(parents), 2)}
    for form, widget in zip(forms, widgets, strict=True):
        assert by_key[int(widget["/StructParent"])].get_object() == form
        assert widget["/Subtype"] == "/Widget" and "/Rect" in widget and "/P" in widget


def test_a_tagged_paper_is_filled_in_like_any_other(documents):
    writer = PdfWriter(clone_from=io.BytesIO(documents["paper"]))
    name = next(name for name in writer.get_fields() if "z[" in name)
    writer.update_page_form_field_values(writer.pages[1], {name: "-0.31"})
    out = io.BytesIO()
    writer.write(out)
    assert PdfReader(out).get_fields()[name]["/V"] == "-0.31"
    assert PdfReader(io.BytesIO(documents["paper"])).metadata["/SoftmarkPaper"] == "seal"


def test_the_same_paper_gives_the_same_bytes_and_tags_move_nothing(paper, documents):
    again = render_pdf(paper_html(paper), form=form_of(paper, "seal"), accessible=True)
    assert again == documents["paper"]
    plain = PdfReader(io.BytesIO(render_pdf(paper_html(paper), form=form_of(paper, "seal"))))
    tagged = PdfReader(io.BytesIO(documents["paper"]))
    assert "/StructTreeRoot" not in plain.root_object and "/Lang" in plain.root_object
    assert [page.extract_text() for page in plain.pages] == \
        [page.extract_text() for page in tagged.pages]
    places = [[widget.get_object()["/Rect"] for page in pdf.pages for widget in page.get("/Annots", [])]
              for pdf in (plain, tagged)]
    assert places[0] == places[1]


def test_quiz_accessible_tags_paper_and_sheet_and_notes_what_has_no_words(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from softmark.cli import app

    (tmp_path / "it.toml").write_text('head.paper = "Compito"\n')
    (tmp_path / "quiz.toml").write_text('title = "T"\n[page]\nlanguage = "it"\nwords = "it.toml"\n'
                                        '[[question]]\ntext = "Perché?"\nanswer = "Così."\n')
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["quiz", "quiz.toml", "--proof", "--accessible", "--out", "w"])
    assert ran.exit_code == 0, ran.output
    assert "note: quiz.toml: these phrases have no words in 'it'" in ran.stderr
    assert "head.sheet" in ran.stderr and "head.paper," not in ran.stderr
    for name, said in (("proof_paper.pdf", "Compito"), ("proof_solution.pdf", "Solution sheet")):
        reader = PdfReader(tmp_path / "w" / name)
        assert reader.root_object["/Lang"] == "it" and "/StructTreeRoot" in reader.root_object
        assert said in reader.pages[0].extract_text()


TOLD = """
const walk = (node) => [...(node.role ? [[node.role, node.alt ?? ""]] : []), ...(node.children ?? []).flatMap(walk)];
const told = [];
for (let n = 1; n <= pdf.numPages; n++) told.push(...walk(await (await pdf.getPage(n)).getStructTree() ?? {}));
console.log(JSON.stringify({ told, marked: await pdf.getMarkInfo() }));
"""


@pytest.mark.skipif(not pdfjs.IS_HERE, reason="pdf.js is not installed")
@pytest.mark.parametrize("kind", ["paper", "sheet", "feedback"])
def test_another_reader_finds_the_same_tree(documents, kind, tmp_path):
    """So that not only our own reading of the tags says that they are right."""
    found = json.loads(pdfjs.run(TOLD, documents[kind], tmp_path))
    ours = Counter(one.get("/S", "/")[1:] for one in tree(PdfReader(io.BytesIO(documents[kind]))))
    theirs = Counter(role for role, _ in found["told"])
    # it tells the tree page by page, without what holds nothing: what runs over several is told on each
    assert found["marked"]["Marked"] and theirs["Formula"] > 20
    for role in ("Formula", "Figure", "Form", "H1", "H2", "TH", "LI"):
        assert theirs[role] == ours[role], role
    assert all(words for role, words in found["told"] if role in ("Formula", "Figure"))

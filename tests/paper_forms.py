"""Filling in a paper's form, by the programs that people have, and PDFs written byte by byte."""

import ctypes
import io
import json
from pathlib import Path

from softmark.commands.paperwork import Plan
from softmark.commands.quiz import draw_class
from softmark.commands.workers import Here
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal
from softmark.rendering.forms import form_of
from softmark.rendering.pages import paper_html
from softmark.rendering.pdf import render_pdf
from tests import pdfjs

QUIZ = """
title = "Week 3"
course = "Neural networks"

[[question]]
template = "perceptron/boolean_network"
marks = 4

[[question]]
template = "convolution/conv_symbolic"
level = "easy"
marks = 2

[[question]]
text = "Why?"
"""
SECRET = b"secret"
TYPED = ("−0.7 σ′(z₄)·η²", "-0.125", "λ₁ + μ ≥ ½", "(1)\\", "55×55×96", "Ω → ∞", "3,5 µ")


def quiz(extra="", title="Week 3"):
    return parse_quiz(QUIZ.replace("Week 3", title).replace("[[question]]", extra + "\n[[question]]", 1), "quiz.toml")


def paper_of(student="s1", secret=SECRET, blueprint=None):
    return make_paper(blueprint or quiz(), Student(student, f"Ann {student}"), secret)


def class_papers(blueprint, students, bank):
    """The papers of a class, kept by the bank, as `softmark quiz` draws them."""
    made = draw_class(Plan(blueprint, bank.secret, Path()), students, bank, Here(), lambda _: None)
    return [bank.paper(task.record.paper_id) for task in made.tasks]


def pdf_of(paper, secret=SECRET, fillable=True):
    return render_pdf(paper_html(paper), form=form_of(paper, seal(secret, paper.paper_id), fillable))


def typed_for(paper):
    """Something to type into every field, its choices chosen."""
    values = {}
    for item in paper.problems:
        for ask in item.asks:
            for cell in ask.cells:
                values[f"q{item.number}.{cell.name}"] = ask.options[-1] if ask.kind == "choice" else \
                    TYPED[len(values) % len(TYPED)]
    return values


def by_pypdf(data, values):
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=io.BytesIO(data))
    for page in writer.pages:
        writer.update_page_form_field_values(page, values, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def by_mupdf(data, values):
    import pymupdf

    with pymupdf.open(stream=data) as document:
        for page in document:
            for widget in page.widgets():
                if widget.field_name in values:
                    widget.field_value = values[widget.field_name]
                    widget.update()
        return document.tobytes()


def by_pdfium(data, values):
    """As somebody at a screen would: into the field, type or choose, out of it."""
    import pypdfium2
    import pypdfium2.raw as raw

    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    form = document.formenv
    for page in [document[n] for n in range(len(document))]:
        for place in range(raw.FPDFPage_GetAnnotCount(page)):
            one = raw.FPDFPage_GetAnnot(page, place)
            name = _wide(lambda *to, one=one: raw.FPDFAnnot_GetFormFieldName(form, one, *to), raw)
            if name in values:
                assert raw.FORM_SetFocusedAnnot(form, one)
                if raw.FPDFAnnot_GetFormFieldType(form, one) == raw.FPDF_FORMFIELD_COMBOBOX:
                    labels = [_wide(lambda *to, one=one, n=n: raw.FPDFAnnot_GetOptionLabel(form, one, n, *to), raw)
                              for n in range(raw.FPDFAnnot_GetOptionCount(form, one))]
                    assert raw.FORM_SetIndexSelected(form, page, labels.index(values[name]), True)
                else:
                    text = (values[name] + "\0").encode("utf-16-le")
                    raw.FORM_SelectAllText(form, page)
                    raw.FORM_ReplaceSelection(form, page, (raw.FPDF_WCHAR * (len(text) // 2)).from_buffer_copy(text))
                raw.FORM_ForceToKillFocus(form)
            raw.FPDFPage_CloseAnnot(one)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def _wide(call, raw):
    size = call(None, 0)
    buffer = ctypes.create_string_buffer(size)
    call(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[:size - 2].decode("utf-16-le")


FILL = """
const wanted = JSON.parse(readFileSync(rest[1], "utf8"));
for (let n = 1; n <= pdf.numPages; n++)
  for (const one of await (await pdf.getPage(n)).getAnnotations({ intent: "display" }))
    if (one.fieldName in wanted) pdf.annotationStorage.setValue(one.id, { value: wanted[one.fieldName] });
writeFileSync(rest[0], await pdf.saveDocument());
"""


def by_pdfjs(data, values, folder):
    (folder / "values.json").write_text(json.dumps(values), encoding="utf-8")
    pdfjs.run(FILL, data, folder, "out.pdf", "values.json")
    return (folder / "out.pdf").read_bytes()


def raw_pdf(objects, trailer=b""):
    """A PDF of these objects (number: body), the first of which is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    begin = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n" + b"".join(
        b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in places.items())
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, trailer, begin)


def stream(data, more=b""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def form_pdf(fields, more=None, page=b"", trailer=b""):
    """A one-page PDF whose form has these fields (bodies of dictionaries), numbered from 10."""
    numbers = range(10, 10 + len(fields))
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % b" ".join(
        b"%d 0 R" % n for n in numbers),
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] %s >>" % page}
    return raw_pdf(objects | dict(zip(numbers, fields, strict=True)) | (more or {}), trailer)

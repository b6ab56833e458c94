"""Formulas, drawings and pages, read back."""

import io

import pytest

from softmark.rendering import math as formulas
from softmark.rendering import pdf
from softmark.rendering.assets import has_katex
from softmark.rendering.fallback_math import html as plain_html
from softmark.rendering.svg import drawing_svg
from softmark.rendering.terminal import markdown_text, tex_text
from softmark.rendering.text import markdown_html
from softmark.worksheet.drawing import Drawing, Line, Text

GALLERY = [
    r"a_4 = \sigma(z_4) = \frac{1}{1+e^{0.7}} = 0.332", r"\sum_{k=1}^{n} w_k x_k", r"\sqrt{x^2+y^2}",
    r"\begin{bmatrix} 1 & -2 \\ 3.5 & 4 \end{bmatrix}", r"\left\lfloor\frac{W-F+2P}{S}\right\rfloor+1",
    r"\begin{cases} 1 & s \ge 0 \\ 0 & s < 0 \end{cases}", r"\max(0,\,z)", r"\log_{10}\left(\frac{3}{2}\right)",
    r"\begin{aligned} y &= a + b \\ &= 3 \end{aligned}", r"\hat{m}_t = \frac{m_t}{1-\beta_1^t}", r"\bar{x}",
    r"\frac{\partial C}{\partial w_{12}}", r"55 \times 55 \times 96", r"w'_{14} \leftarrow w_{14} + \eta\,\delta_4\,x_1",
    r"\text{shape}_{12}", r"34{,}944", r"\left|x\right|", r"\tanh z", r"\mathbf{W}^\top \odot \tilde{h}",
    r"\begin{bmatrix} 1 \\ 2 \\ 3 \\ 4 \\ 5 \\ 6 \\ 7 \end{bmatrix}", r"\ln(1+e^{z})", r"\prod_i p_i \approx 0.5"]
katex = pytest.mark.skipif(not has_katex(), reason="KaTeX's files are not here")


@katex
@pytest.mark.parametrize("latex", GALLERY)
def test_flattened_formulas_agree_with_katex_and_with_themselves(latex):
    from softmark.rendering.katex import formula_svg
    from softmark.rendering.katex_layout import Glyph

    formula = formulas.get_engine().layout(latex)
    assert formula is not None
    glyphs = [item for item in formula.items if isinstance(item, Glyph)]
    top = max(g.y for g in glyphs)
    assert formula.width > 0 and -formula.depth - 0.3 <= min(g.y for g in glyphs) and top <= formula.height
    assert all(-0.01 <= g.x <= formula.width + 0.01 for g in glyphs)
    assert formula_svg(formula).startswith("<svg")


@katex
def test_positions_of_a_known_formula():
    """x plus 1 over 2: widths from KaTeX's metrics, shifts from TeX's rule for fractions."""
    from softmark.rendering.katex_layout import Glyph, Rule

    formula = formulas.get_engine().layout(r"x+\frac{1}{2}", True)
    glyphs = [item for item in formula.items if isinstance(item, Glyph)]
    assert [g.char for g in glyphs] == ["x", "+", "2", "1"]
    assert glyphs[1].x == pytest.approx(0.57153 + 0.22222, abs=1e-3)
    assert glyphs[3].y == pytest.approx(0.6769, abs=2e-3)
    assert glyphs[2].y == pytest.approx(-0.6859, abs=2e-3)
    rule = next(item for item in formula.items if isinstance(item, Rule))
    assert (rule.width, rule.height) == (pytest.approx(0.5, abs=1e-3), pytest.approx(0.04))
    assert rule.y + rule.height / 2 == pytest.approx(0.25, abs=1e-3)


@katex
def test_formulas_are_selectable_text_and_pages_are_reproducible():
    from pypdf import PdfReader

    page = markdown_html("Ein Łódź-Satz mit $\\sigma(z)=\\eta$ und $x\\ge 0$: → ≥")
    with pdf.quiet() as said:
        first = pdf.render_pdf(f"<html><body>{page}</body></html>")
        second = pdf.render_pdf(f"<html><body>{page}</body></html>")
    assert first == second
    text = PdfReader(io.BytesIO(first)).pages[0].extract_text()
    assert "σ" in text and "η" in text and "≥" in text and "→" in text and "Łódź" in text
    assert not said


def test_what_cannot_be_drawn_stands_as_its_source():
    before = len(formulas.undrawn)
    out = formulas.get_engine().html(r"\nosuchthing{<b>")
    assert "&lt;b&gt;" in out and "undrawn" in out
    assert formulas.undrawn[before:] == [r"\nosuchthing{<b>"]
    del formulas.undrawn[before:]


@pytest.mark.parametrize("latex", GALLERY)
def test_the_plainer_engine_knows_what_terms_write(latex):
    assert "<" in plain_html(latex) or plain_html(latex)
    assert "\\" not in plain_html(latex)


@pytest.mark.parametrize("latex", GALLERY)
def test_the_terminal_shows_no_latex(latex):
    assert "\\" not in tex_text(latex) and "{" not in tex_text(latex)


@pytest.mark.parametrize(("latex", "text"), [
    (r"\ell_n=-\ln\frac{p}{q}", "ℓₙ=-ln p/q"), (r"\hat x_1 + \hat{\mu} - \bar\beta", "x\u0302₁ + μ\u0302 - β\u0304"),
    (r"\mathcal{L}(\mathbb R^n)", "L(Rⁿ)"), (r"\big(a\bigr)", "(a)"), (r"W^{\top}w^{(d)}", "Wᵀw^(d)"),
    (r"\text{net input $\ge$ 0}", "net input ≥ 0"), (r"x_1,\dots,x_n", "x₁,…,xₙ"),
    (r"w \leftarrow w+\eta", "w ← w+η")])
def test_the_terminal_writes_signs_for_commands(latex, text):
    assert tex_text(latex) == text


def test_a_hyphen_before_a_number_is_a_minus():
    assert "-3" not in markdown_html("| a |\n|---|\n| -3 |")
    assert "pages 3-5 of 2026-11-21" in markdown_html("pages 3-5 of 2026-11-21")
    assert "<code>x-1 -1</code>" in markdown_html("`x-1 -1`")
    svg = drawing_svg(Drawing(50, 20, (Text((5, 5), "b_1 = -0.5, r-3"),), "alt"))
    assert "−0.5, r-3" in svg


def test_values_joined_in_a_statement_keep_the_authors_bars():
    from softmark.worksheet.statement import _compiled

    text = _compiled("| {{ words|join(' | ') }} |").render(words=["a|b", "c"])
    assert text == r"| a\|b | c |"


def test_markdown_is_safe():
    html = markdown_html("<script>x</script> ![a](file:///etc/passwd) [b](http://x) **ok** $x<y$")
    assert "<script" not in html and "<a " not in html and "file:" not in html.replace("(file:", "")
    assert "<strong>ok</strong>" in html
    assert markdown_text("**a** $x_1$ \\* b") == "a x₁ * b"


def test_nothing_is_fetched():
    with pdf.quiet() as said:
        pdf.render_pdf('<html><body><img src="http://127.0.0.1:9/x.png"><img src="file:///etc/passwd">'
                       '<link rel="stylesheet" href="file:///etc/hosts">x</body></html>')
    assert len(said) >= 2 and all("own files" in one or "Failed" in one for one in said)


def test_drawings_escape_their_words():
    drawing = Drawing(50, 20, (Line((0, 0), (9, 9), arrow=True), Text((5, 5), "w_{14} <b>&")), "<alt>")
    svg = drawing_svg(drawing)
    assert "<b>" not in svg and "&lt;alt&gt;" in svg and "tspan" in svg


@katex
def test_a_page_of_many_formulas_loses_none():
    """More than the engine keeps laid out."""
    from pypdf import PdfReader

    from softmark.rendering.katex import MOST_LAID_OUT

    many = MOST_LAID_OUT + 100
    page = "".join(f"<p>{markdown_html(f'$x_{{{number}}}$')}</p>" for number in range(many))
    with pdf.quiet() as said:
        printed = PdfReader(io.BytesIO(pdf.render_pdf(f"<html><body>{page}</body></html>")))
    assert not said and sum(page.extract_text().count("x") for page in printed.pages) == many

"""Problems and solutions as plain text for the terminal: LaTeX as readable Unicode."""

from __future__ import annotations

import re
from collections.abc import Sequence

from softmark.rendering.blocks import blocks_of
from softmark.worksheet.asks import Ask
from softmark.worksheet.typeset import Line

SIGNS = {
    "cdot": "·", "times": "×", "le": "≤", "ge": "≥", "leq": "≤", "geq": "≥", "ne": "≠",
    "approx": "≈", "to": "→", "leftarrow": "←", "gets": "←",
    "rightarrow": "→", "sum": "Σ", "prod": "Π", "partial": "∂",
    "infty": "∞", "pm": "±", "in": "∈", "odot": "⊙", "top": "ᵀ", "ldots": "…", "dots": "…",
    "cdots": "…", "quad": "  ", "qquad": "    ", "alpha": "α", "beta": "β", "gamma": "γ",
    "delta": "δ", "Delta": "Δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η", "theta": "θ",
    "Theta": "Θ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ",
    "Sigma": "Σ", "tau": "τ", "phi": "φ", "varphi": "φ", "omega": "ω", "Omega": "Ω",
    "log": "log", "ln": "ln", "exp": "exp", "tanh": "tanh", "max": "max", "min": "min",
    "bmod": " mod ", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "nabla": "∇",
    "sqrt": "√", "mid": "|", "star": "*", "ast": "*", "mapsto": "↦", "neg": "¬", "land": "∧",
    "lor": "∨", "frac": "", "tfrac": "", "dfrac": "", "ell": "ℓ", "cos": "cos", "sin": "sin",
    "tan": "tan", "arctan": "arctan", "arg": "arg", "prime": "′", "circ": "∘", "equiv": "≡",
    "propto": "∝", "sim": "~", "subset": "⊂", "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃",
    "langle": "⟨", "rangle": "⟩", "lvert": "|", "rvert": "|", "vert": "|", "lVert": "‖",
    "rVert": "‖", "Vert": "‖", "psi": "ψ", "Psi": "Ψ", "chi": "χ", "xi": "ξ", "Phi": "Φ",
    "kappa": "κ", "zeta": "ζ", "Lambda": "Λ", "Pi": "Π", "Gamma": "Γ", "Rightarrow": "⇒",
    "Leftrightarrow": "⇔", "iff": "⇔", "implies": "⇒", "bullet": "•", "div": "÷", "oplus": "⊕",
}
#: accents, as the sign that combines with the letter before it
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307"}
_SUBSCRIPTS = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ")
_FRACTION = re.compile(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
#: what needs no brackets over the stroke of a fraction, and under it
_PRODUCT = re.compile(r"-?[\w.,\\^]+(?:_\(\w+\))?")
_FACTOR = re.compile(r"(?:\\?[A-Za-z\u0370-\u03ff]\w*(?:_?\(\w+\))?|[\d.]+)")
_SHORT_FRACTION = re.compile(r"\\[td]?frac\s*(\d)\s*(\d)")
_BRACKETS = re.compile(r"\\(?:left\\(lfloor|lceil) ?|right\\(rfloor|rceil))")
_ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}(.*?)\\end\{\1\}", re.S)
_WORDS = re.compile(r"\\(?:text|mathrm|mathbf|mathit|mathcal|mathbb|boldsymbol|operatorname\*?)"
                    r"\s*\{([^{}]*)\}")
_ALPHABETS = re.compile(r"\\(?:mathcal|mathbb|mathbf|boldsymbol)\s*(?=[A-Za-z\\])")
_ACCENTED = re.compile(r"\\(hat|bar|tilde|vec|dot)(?![A-Za-z])\s*"
                       r"(?:\{(\\?\w+)\}|(\\[A-Za-z]+|\w))")
_SIZES = re.compile(r"\\(?:[bB]ig+[lrm]?)(?![A-Za-z])\s*")
#: between the name of a function and the letters beside it
_BESIDE = re.compile(r"(?<=[\w)}])(?=\\(?:ln|log|tanh)(?![a-z]))|(?<=\\ln)(?=\\)|(?<=\\tanh)(?=\\)")
_JOINED = re.compile(r"(\\[A-Za-z]+)(?=\\(?:[td]?frac|sqrt|text|math|operatorname|hat|bar|tilde))")
#: of more cells than these only the first and the last are named
MOST_NAMES = 6
_MATH = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.S)


def tex_text(latex: str) -> str:
    """LaTeX as one line of readable text."""
    text = latex.replace("{,}", ",").replace(r"\$", "$").replace(r"\|", "‖")
    text = _BESIDE.sub(" ", text)
    text = _JOINED.sub(r"\1 ", _ALPHABETS.sub("", _SIZES.sub("", text)))
    text = _BRACKETS.sub(lambda m: SIGNS[m[1] or m[2]], text)
    text = _ENVIRONMENT.sub(_environment, text)
    text = _WORDS.sub(lambda m: m[1].replace("$", ""), text)
    text = _ACCENTED.sub(_accented, text)
    for _ in range(8):
        shorter = _SHORT_FRACTION.sub(r"\1/\2", _FRACTION.sub(_fraction, text))
        shorter = re.sub(r"([_^])\{([^{}]*)\}", _script, shorter)
        shorter = re.sub(r"\\sqrt\{([^{}]*)\}", r"√(\1)", shorter)
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"([_^])(\w|')", lambda m: _script_text(m[1], m[2]), text)
    text = re.sub(r"\\(?:left|right)(?![A-Za-z])", "", text)
    text = re.sub(r"\\(?:displaystyle(?![A-Za-z])|[,;!\s])", " ", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda m: SIGNS.get(m[1], m[1]), text)
    text = re.sub(r"\\(.)", r"\1", text).replace("{", "").replace("}", "")
    return re.sub(r" {2,}", " ", re.sub(r"\(\s+|\s+(?=\))", lambda m: m[0].strip(), text)).strip()


def _accented(match: re.Match[str]) -> str:
    word, accent = match[2] or match[3], ACCENTS[match[1]]
    if word.startswith("\\"):
        return SIGNS.get(word[1:], word[1:]) + accent
    return word[0] + accent + word[1:]


def _fraction(match: re.Match[str]) -> str:
    over = match[1] if _PRODUCT.fullmatch(match[1]) else f"({match[1]})"
    under = match[2] if _FACTOR.fullmatch(match[2]) else f"({match[2]})"
    return f"{over}/{under}"


def _script(match: re.Match[str]) -> str:
    return _script_text(match[1], match[2])


def _script_text(mark: str, inner: str) -> str:
    table = _SUBSCRIPTS if mark == "_" else _SUPERSCRIPTS
    inner = inner.strip()
    if all(ord(c) in table for c in inner):
        return inner.translate(table)
    if inner == r"\top":
        return SIGNS["top"]
    bare = len(inner) == 1 or re.fullmatch(r"\([^()]*\)", inner)
    return f"{mark}{inner}" if bare else f"{mark}({inner})"


def _environment(match: re.Match[str]) -> str:
    rows = [" ".join(cell.strip() for cell in row.split("&")) for row in match[2].split(r"\\")]
    rows = [row for row in rows if row.strip()]
    return "[" + "; ".join(rows) + "]" if "matrix" in match[1] else "  ".join(rows)


def markdown_text(markdown: str) -> str:
    """Markdown with $math$ as plain text; its tables and emphasis stay as typed."""
    text = _MATH.sub(lambda m: tex_text(m[1] or m[2]), markdown)
    text = re.sub(r"\\([\\`*_\[\]|$<>~&])", r"\1", text)
    return text.replace("**", "")


def asks_text(asks: Sequence[Ask]) -> list[str]:
    """One line for each thing asked."""
    lines = []
    for number, block in enumerate(blocks_of(asks)):
        names = [slot.cell.name for row in block.rows for slot in row if slot]
        title = ", ".join(block.heads) if block.kind == "table" else block.title
        shown = ", ".join(names) if len(names) <= MOST_NAMES else \
            f"{names[0]}, {names[1]}, …, {names[-1]} ({len(names)} values)"
        lines.append(f"({chr(97 + number % 26)}) {markdown_text(title)}: {shown}")
    return lines


def steps_text(lines: Sequence[Line]) -> list[str]:
    """The worked steps, a few lines each."""
    out = []
    for number, line in enumerate(lines, 1):
        row = f" [{line.row}]" if line.row else ""
        out.append(f"{number}. {markdown_text(line.title)}{row}")
        out += [f"   {tex_text(worked.tex())}" for worked in line.worked]
        if line.whole.startswith(r"\begin"):
            out.append(f"   {tex_text(line.symbol)} = {tex_text(line.whole)}")
        if line.note:
            out.append(f"   {markdown_text(line.note)}")
        out += [f"   ! {name}: {tex_text(value)}" for name, value in line.mistakes]
    return out

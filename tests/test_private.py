"""What a student's files give away: nothing. Ids, seals and every byte of a paper, its streams unpacked."""

import base64
import io
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from softmark.problem_bank import catalogue
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import ALPHABET, is_signed, normal_id, paper_id, seal, unseal
from softmark.rendering.bubble_pages import bubbles_pdf
from softmark.rendering.bubbles import layout_of
from softmark.rendering.forms import fields_of, form_of
from softmark.rendering.pages import paper_html, sheet_html
from softmark.rendering.pdf import render_pdf
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.statement import statement

SECRET = b"the bank's own secret, 32 bytes."
IDS = [paper_id(SECRET, "quiz", f"s{n}", 0) for n in range(300)]


# -- ids


def slips(identity):
    """Every id with one sign misread, and every one with two signs exchanged."""
    signs = identity.replace("-", "")
    for place, sign in itertools.product(range(9), ALPHABET):
        yield signs[:place] + sign + signs[place + 1:]
    for one, two in itertools.combinations(range(9), 2):
        swapped = list(signs)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        yield "".join(swapped)


@pytest.mark.parametrize("identity", IDS[:25])
def test_no_slip_gives_an_id_that_fits(identity):
    for text in set(slips(identity)) - {identity.replace("-", "")}:
        assert not is_signed(SECRET, text), (identity, text)


def test_a_slip_is_refused_by_name(tmp_path):
    bank = open_bank(str(tmp_path / "bank.db"), create=True)
    identity = paper_id(bank.secret, "quiz", "s1", 0)
    signs = normal_id(identity).replace("-", "")
    place = next(n for n in range(8) if signs[n] != signs[n + 1])
    text = normal_id(signs[:place] + signs[place + 1] + signs[place] + signs[place + 2:])
    with pytest.raises(UserError, match=f"{text}.*check sign does not fit"):
        bank.paper(text)
    with pytest.raises(UserError) as said:
        bank.paper(identity)
    assert "check sign" not in str(said.value)


def test_ids_of_a_class_share_nothing():
    assert len(set(IDS)) == len(IDS)
    for place in range(8):
        counts = [sum(one.replace("-", "")[place] == sign for one in IDS) for sign in ALPHABET]
        assert max(counts) < 28, "each sign stands everywhere about as often"
    alike = [sum(a == b for a, b in zip(one, two, strict=True) if a != "-") for one, two in itertools.pairwise(IDS)]
    assert sum(alike) / len(alike) < 1, "neighbours have about 9/32 signs in common"
    others = [paper_id(b"another secret", "quiz", f"s{n}", 0) for n in range(300)]
    assert sum(is_signed(SECRET, one) for one in others) in (0, len(others)), "the check sign starts elsewhere"


def test_no_sign_of_a_seal_may_change():
    good = seal(SECRET, IDS[0])
    assert unseal(SECRET, good) == (IDS[0], "good")
    for place, char in enumerate(good):
        other = "-" if char == " " else "7" if char != "7" else "8"
        assert unseal(SECRET, good[:place] + other + good[place + 1:])[1] != "good"
    assert seal(SECRET, IDS[1]).split()[2] != good.split()[2]


# -- papers

QUIZ = parse_quiz("""
title = "Week 3"
course = "Neural networks"
[conventions]
decimals = 4

[[question]]
template = "backprop/backprop_numeric"

[[question]]
template = ["sequences/tfidf", "sequences/cosine_similarity"]

[[question]]
template = "perceptron/boolean_network"

[[question]]
text = "Why?"
answer = "Because of the slope, 0.123456"
""", "quiz.toml")


@pytest.fixture(scope="module")
def paper():
    return make_paper(QUIZ, Student("s-4711", "Ann", "ann@example.org"), SECRET)


WORDS = b"-- what is said, in objects and on the pages --"


def opened(data):
    """All bytes of a PDF, with its streams unpacked; then its objects and its text."""
    reader = PdfReader(io.BytesIO(data))
    parts, objects = [data], []
    for number in range(1, len(reader.xref_objStm) + len(reader.xref.get(0, {})) + 1):
        one = reader.get_object(number)
        if hasattr(one, "get_data"):
            parts.append(one.get_data())
        objects.append(repr(one).encode())
    text = "\n".join(page.extract_text() for page in reader.pages)
    return b"\n".join([*parts, WORDS, *objects, text.encode()])


@pytest.fixture(scope="module")
def files(paper):
    layout = layout_of(paper.paper_id, paper.problems)
    return {"form": opened(render_pdf(paper_html(paper), form=form_of(paper, seal(SECRET, paper.paper_id)))),
            "bubbles": opened(bubbles_pdf(paper, layout)), "html": paper_html(paper, "screen").encode()}


@pytest.mark.parametrize("kind", ["form", "bubbles", "html"])
def test_nothing_in_a_file_says_how_it_was_made(paper, files, kind):
    data = files[kind].lower()
    versions = [type(item.problem).version() for item in paper.problems if item.problem]
    prints = [item.problem.fingerprint() for item in paper.problems if item.problem]
    slugs = [item.problem.slug() for item in paper.problems if item.problem]
    for word in (*versions, *prints, *slugs, *(slug.split("/")[1] for slug in slugs), SECRET.decode(), SECRET.hex(),
                 base64.b64encode(SECRET).decode().rstrip("="), "0.123456", "because of the slope", str(Path(__file__).parent), "/home/", "@example.org", QUIZ.name):
        assert word.lower().encode() not in data, word


@pytest.mark.parametrize("kind", ["form", "bubbles", "html"])
def test_no_asked_value_stands_in_a_file(paper, files, kind):
    # what places signs on the page is left out
    said = re.sub(rb'(viewBox|style|d|transform)="[^"]*"', b"", files[kind]).rpartition(WORDS)[2]
    shown = set(re.findall(rb"\d+(?:\.\d+)?", said))
    asked = {text.encode() for item in paper.problems for ask in item.asks for text in numbers_of(ask)}
    assert len(asked) > 12 and not asked & shown


def test_the_solution_sheet_would_be_found_out(paper):
    said = re.findall(r"\d+(?:\.\d+)?", sheet_html(paper, "screen"))
    asked = {text for item in paper.problems for ask in item.asks for text in numbers_of(ask)}
    assert len(asked & set(said)) > len(asked) / 2


def test_the_names_of_fields_are_those_that_any_solution_has(paper):
    other = make_paper(QUIZ, Student("s2", "Ben"), SECRET)
    names = [set(fields_of(one)) for one in (paper, other)]
    common = {name for name in names[0] if name.startswith("q1.")}
    assert common == {name for name in names[1] if name.startswith("q1.")}
    for one in (paper, other):
        for name, made in fields_of(one).items():
            assert not re.search(r"\d\.\d{2}", name + made.tip), made


#: a claim to be checked may be the right one
CLAIMS = {"backprop/gradient_check"}


def test_no_family_says_in_its_statement_or_figure_what_it_asks():
    """Numbers of four digits and more, which hardly stand there by chance."""
    found, asked = [], 0
    for slug in (slug for slug in catalogue.slugs() if slug not in CLAIMS):
        cls = catalogue.find(slug)
        problem = certified_draw(cls, Rng.of("private", slug), cls.levels[-1])
        asks = asks_of(problem)
        shown = set(re.findall(r"\d+(?:\.\d+)?", said_of(problem, asks).replace("{,}", "")))
        for ask in asks:
            numbers = numbers_of(ask)
            asked += len(numbers)
            found += [(slug, ask.name, text) for text in numbers & shown]
    assert not found and asked > 300


def said_of(problem, asks):
    figure = problem.figure()
    marks = [figure.alt, *(str(getattr(mark, "text", "")) for mark in figure.marks)] if figure else []
    return " ".join([statement(problem, asks), *marks, *(f"{ask.title} {ask.symbol} {ask.row} {ask.options}" for ask in asks)])


def numbers_of(ask):
    """The numbers of an ask as they would be printed, those of four digits or more."""
    values = np.ravel(ask.value) if ask.kind != "choice" else ()
    return {text for value in values if (text := number_text(value, ask.decimals))}


def number_text(value, decimals):
    """As it would be printed; "" for what is short enough to stand anywhere."""
    try:
        number = abs(float(value))
    except (TypeError, ValueError):
        return ""
    text = str(int(number)) if number == int(number) else f"{number:.{decimals}f}"
    return text if len(text.replace(".", "").strip("0")) >= 4 else ""

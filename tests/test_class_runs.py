"""A class's papers: the same bytes however they are made, and one bad paper stops no other."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from softmark.commands.paperwork import PAPERS, Plan, files_of
from softmark.commands.quiz import HOPELESS, draw_class, write_class
from softmark.commands.workers import Here, Pool
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.worksheet.errors import UserError
from tests.faulty_work import FAMILY
from tests.test_cli import softmark

ROOT = Path(__file__).parent.parent
QUIZ = """
title = "Quiz 1"
[[question]]
template = "backprop/mlp_forward"
level = "easy"
marks = 6
"""
CLASS = 4


def quiz(place, *words):
    return softmark("quiz", "quiz.toml", "--variants", CLASS, *words, cwd=place)


def files(folder):
    """Every file of a run, unfinished ones among them, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a quiz, banks of one secret, and what an undisturbed run in one process wrote."""
    place = tmp_path_factory.mktemp("class")
    (place / "quiz.toml").write_text(QUIZ)
    bank = open_bank(str(place / "plain.db"), create=True)
    bank._engine.dispose()
    for name in ("two.db", "cut.db"):
        shutil.copy(place / "plain.db", place / name)
    made = quiz(place, "--bank", "plain.db", "--out", "plain", "--bubbles", "--jobs", "1")
    assert made.returncode == 0, made.stderr
    return place


def test_the_same_bytes_by_two_workers(place):
    """The clock has moved on, the processes are others, each has drawn other papers before."""
    made = quiz(place, "--bank", "two.db", "--out", "two", "--bubbles", "--jobs", "2", "--json")
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["papers"]) == CLASS
    found = files(place / "two")
    assert found == files(place / "plain")
    assert len(found) == 3 * CLASS + 4
    for name, data in found.items():
        assert not re.search(rb"/(CreationDate|ModDate|ID) ", data), name


def cut_off(place, words, out, sign):
    """Sends the signal to a run that has begun to write and is not done; its exit code and what it says."""
    run = subprocess.Popen([sys.executable, "-m", "softmark.cli", *words], cwd=place, text=True,
                           stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                           env={**os.environ, "PYTHONPATH": str(ROOT)})
    count = len(list(out.glob("*/[!.]*.pdf")))
    while run.poll() is None and len(list(out.glob("*/[!.]*.pdf"))) == count:
        time.sleep(0.02)
    run.send_signal(sign)
    _, said = run.communicate(timeout=60)
    return run.returncode, said


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_run_that_was_cut_off_goes_on(place):
    out = place / "cut"
    words = ["quiz", "quiz.toml", "--variants", str(CLASS), "--bank", "cut.db", "--out", str(out)]
    whole = {name: data for name, data in files(place / "plain").items() if "answer_pages" not in name}
    assert cut_off(place, words, out, signal.SIGKILL)[0] == -9
    (out / PAPERS / ".left-by-a-killed-run.part").write_bytes(b"half")
    assert cut_off(place, words, out, signal.SIGINT) == (
        130, "softmark: stopped; what is finished is kept, and the same command again goes on from here\n")
    found = files(out)
    assert len(found) > 2 and found.items() < whole.items()
    again = softmark(*words, cwd=place)
    assert again.returncode == 0, again.stderr
    assert files(out) == whole


@pytest.fixture
def unlucky(tmp_path):
    """A plan for a family with mishaps, students by the number that each draws, the bank, the mishaps."""
    family = tmp_path / "own" / "faulty"
    family.mkdir(parents=True)
    (family / "unlucky.py").write_text(FAMILY)
    mishaps = family / "mishaps.txt"
    mishaps.write_text("")
    bank = open_bank(str(tmp_path / "bank.db"), create=True, templates=tmp_path / "own")
    blueprint = parse_quiz('title = "Luck"\n[[question]]\ntemplate = "faulty/unlucky"\n')
    plan = Plan(blueprint, bank.secret, tmp_path / "out", tmp_path / "own")
    students = {}
    for number in range(100):
        student = Student(f"s{number}", f"Name {number}")
        paper = make_paper(blueprint, student, bank.secret, 0, plan.templates)
        students.setdefault(int(paper.problems[0].problem.x), student)
    return plan, students, bank, mishaps


def class_of(plan, students, bank, pool):
    """What became of the class."""
    with pool:
        made = draw_class(plan, list(students), bank, pool, lambda _: None)
        write_class(plan, made, bank, pool, lambda _: None)
    return made


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_one_bad_problem_stops_nobody_else(unlucky):
    plan, students, bank, mishaps = unlucky
    (one, hangs), (two, undrawn), (three, breaks), (four, raises), *well = list(students.items())[:6]
    mishaps.write_text(f"{one} figure hang\n{two} solve raise\n{three} figure crash\n{four} figure raise\n")
    everybody = list(students.values())[:6]
    made = class_of(plan, everybody, bank, Pool(2, seconds=6))
    at, later = "question 1 (faulty/unlucky):", "; what is missing of this paper is made by the next run"
    by_zero = "ZeroDivisionError: division by zero; "
    lost = ", ".join(str(path) for path in files_of(plan, bank.record_of(plan.quiz.name, raises.id, 0)))
    assert sorted(made.failures) == sorted([
        f"{undrawn.id} ({undrawn.name}): {at} {by_zero}no paper was made",
        f"{hangs.id} ({hangs.name}): {at} not done within 6 seconds{later}",
        f"{breaks.id} ({breaks.name}): {at} its process broke (SIGSEGV){later}",
        f"{raises.id} ({raises.name}): {at} {by_zero}not written: {lost}"])
    found = files(plan.out)
    assert sum(name.startswith(PAPERS) for name in found) == len(well)
    assert undrawn.id not in found["key.csv"].decode() and hangs.id in found["key.csv"].decode()
    mishaps.write_text("")
    assert class_of(plan, everybody, bank, Here()).failures == []
    elsewhere = replace(plan, out=plan.out.with_name("undisturbed"))
    class_of(elsewhere, everybody, bank, Here())
    assert files(plan.out) == files(elsewhere.out)


def test_answers_typed_in_stay_while_the_class_grows(unlucky):
    plan, students, bank, _ = unlucky
    three = list(students.values())[:3]
    class_of(plan, three[:2], bank, Here())
    path = plan.out / "answers.csv"
    head, first, second = path.read_text().splitlines()
    path.write_text("\n".join((head, first + "0.5", second)) + "\n")
    class_of(plan, three, bank, Here())
    lines = path.read_text().splitlines()
    assert lines[:3] == [head, first + "0.5", second] and lines[3].split(",")[1] == three[2].id
    path.write_text("\n".join((head, lines[3])) + "\n")
    class_of(plan, three, bank, Here())
    assert path.read_text().splitlines() == [head, first, second, lines[3]], "in the order of the class"


def test_a_quiz_of_which_nothing_can_be_made_is_given_up(unlucky):
    plan, students, bank, mishaps = unlucky
    mishaps.write_text("".join(f"{x} solve raise\n" for x in students))
    with pytest.raises(UserError, match=r"no paper could be made; .* question 1 .*ZeroDivisionError"):
        class_of(plan, list(students.values())[:3], bank, Here())
    with pytest.raises(UserError, match=f"none of the first {HOPELESS} papers"):
        class_of(plan, students.values(), bank, Here())
    assert not plan.out.exists()


def test_a_file_that_cannot_be_merged_is_told(unlucky):
    plan, students, bank, _ = unlucky
    two = list(students.values())[:2]
    class_of(plan, two, bank, Here())
    broken = next((plan.out / PAPERS).iterdir())
    broken.write_bytes(b"%PDF-1.7 half")
    made = class_of(plan, two, bank, Here())
    assert len(made.failures) == 1 and str(broken) in made.failures[0] and "delete it" in made.failures[0]
    assert len(PdfReader(plan.out / "all_papers.pdf").pages) == 2

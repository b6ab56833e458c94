"""Marks after the fact: regrading, marks by hand, questions taken out, several submissions, crashes."""

import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
import sqlalchemy as sa

from softmark.commands import regrade as work
from softmark.commands.grade import grade
from softmark.grader.final import is_late
from softmark.grader.scripts import values_of, written
from softmark.problem_bank import schema
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import solve

QUIZ = """
title = "Quiz"
[marking]
coarse = 0.5
[[question]]
template = "losses/softmax"
level = "easy"
marks = 4
[[question]]
template = "convolution/pooling"
level = "easy"
marks = 2
[[question]]
text = "Why?"
marks = 2
"""
CLASS = [Student(f"s{n}", f"Student {n}") for n in range(1, 5)]


@pytest.fixture
def bank(tmp_path):
    bank = open_bank(str(tmp_path / "bank.db"), create=True)
    quiz = parse_quiz(QUIZ)
    bank.keep_quiz(quiz)
    for student in CLASS:
        bank.keep_paper(make_paper(quiz, student, bank.secret))
    return bank


def answers_of(paper, *, wrong=()):
    """Right answers to a paper, but for the cells named."""
    script = {}
    for item in paper.problems:
        if item.problem is not None:
            for cell, text in written(item.asks, values_of(solve(item.problem))).items():
                name = f"q{item.number}.{cell}"
                script[name] = "77" if name.startswith(tuple(wrong)) else text
    return script


def hand_in(bank, tmp_path, wrong=(), name="a.json", students=CLASS, submitted=""):
    rows = [{"paper": (paper := bank.paper(student.id)).paper_id, "answers": answers_of(paper, wrong=wrong),
             **({"submitted": submitted} if submitted else {})} for student in students]
    (tmp_path / name).write_text(json.dumps(rows))
    return grade(bank, [tmp_path / name])


def totals(bank):
    return {one.marked.paper.student.id: one.marked.total for one in work.finals(bank, None, [])}


def test_regrading_changes_nothing_by_itself(bank, tmp_path):
    hand_in(bank, tmp_path)
    before = len(bank.results(bank.paper("s1").paper_id))
    assert work.regrade(bank, None, []) == []
    assert len(bank.results(bank.paper("s1").paper_id)) == before == 1


def test_a_mark_by_hand_survives_regrading_and_says_who_and_why(bank, tmp_path):
    hand_in(bank, tmp_path, wrong=("q2",))
    change = work.adjust(bank, "s1", "q2", "3/2", "the sketch is right", "A. Hahn")
    assert change.after - change.before == Fraction(3, 2)
    assert "A. Hahn" in change.reasons[0] and "sketch" in change.reasons[0]
    assert work.regrade(bank, None, []) == []
    marked = work.marked_papers(bank, None, [])[0]
    assert marked.questions[2].why == "mark given by A. Hahn: the sketch is right"
    assert totals(bank)["s1"] == Fraction(11, 2) and totals(bank)["s2"] == 4


def test_a_question_marked_by_hand_counts_even_if_nothing_came_back(bank):
    change = work.adjust(bank, "s3", "q3", "2", "read on paper", "A. Hahn")
    assert (change.before, change.after) == (None, 2)
    assert totals(bank) == {"s3": 2}


def test_a_cell_by_hand(bank, tmp_path):
    cell = next(c.name for ask in bank.paper("s1").problems[0].asks for c in ask.cells)
    hand_in(bank, tmp_path, wrong=(f"q1.{cell}",))
    lost = 6 - totals(bank)["s1"]
    assert lost > 0
    work.adjust(bank, "s1", f"q1.{cell}", str(lost), "right by another convention", "B")
    assert totals(bank)["s1"] == 6


def test_taking_a_question_out_shares_its_marks_and_can_be_taken_back(bank, tmp_path):
    hand_in(bank, tmp_path, wrong=("q2",))
    quiz = bank.one_quiz()
    changes = work.void(bank, quiz, "q2", "misprint", "A. Hahn")
    assert len(changes) == 4
    # 4 of (4 + 2) of 8 marks are left to the machine
    assert totals(bank)["s1"] == Fraction(4 * 8, 6)
    work.void(bank, quiz, "q2", "no misprint", "A. Hahn", restore=True)
    assert totals(bank)["s1"] == 4


def test_taking_a_question_out_of_one_paper_only(bank, tmp_path):
    hand_in(bank, tmp_path, wrong=("q2",))
    assert [c.paper.student.id for c in work.void(bank, bank.one_quiz(), "q2", "stain", "B", "s2")] == ["s2"]
    assert totals(bank)["s1"] == 4 < totals(bank)["s2"]


def test_taking_a_cell_out_shares_its_marks_within_the_question(bank, tmp_path):
    ask = bank.paper("s1").problems[0].asks[0].name
    hand_in(bank, tmp_path, wrong=(f"q1.{ask}",))
    assert totals(bank)["s1"] < 6
    work.void(bank, bank.one_quiz(), f"q1.{ask}", "ambiguous", "B")
    marked = work.marked_papers(bank, None, [])[0]
    assert marked.questions[1].out_of == 4
    assert sum((c.out_of for c in marked.questions[1].cells), Fraction(0)) == 4
    assert all("taken out" in c.verdict.note for c in marked.questions[1].cells if not c.out_of)


def test_a_changed_policy_is_told_as_the_reason(bank, tmp_path):
    paper = bank.paper("s1")
    script = answers_of(paper)
    # the largest number that two decimals do not hold: coarse is within a twentieth of the right value
    name = max((n for n, text in script.items() if n.startswith("q1.") and len(text.partition(".")[2]) >= 4
                and abs(float(text) * 100 % 1 - 0.5) < 0.4), key=lambda n: abs(float(script[n])))
    script[name] = f"{float(script[name]):.2f}"
    (tmp_path / "a.json").write_text(json.dumps({"paper": paper.paper_id, "answers": script}))
    grade(bank, [tmp_path / "a.json"])
    before = totals(bank)["s1"]
    assert before < 6
    bank.use_quiz(parse_quiz(QUIZ.replace("coarse = 0.5", "coarse = 1")), record=False)
    changes = work.regrade(bank, None, [], record=False)
    assert [c.after > c.before for c in changes] == [True]
    assert "coarse 1/2 → 1" in changes[0].reasons[0]
    assert totals(open_bank(str(tmp_path / "bank.db"))) == {"s1": before}, "--diff records nothing"


def test_a_mended_template_is_told_as_the_reason(bank, tmp_path, monkeypatch):
    hand_in(bank, tmp_path, wrong=("q2",))
    family = type(bank.paper("s1").problems[1].problem)
    solve_before = family.solve

    def mended(self):
        """As if every map had come out as 77 before somebody looked."""
        for step in solve_before(self):
            step.value = step.value * 0 + 77
            yield step

    monkeypatch.setattr(family, "solve", mended)
    monkeypatch.setattr(family, "version", classmethod(lambda cls: "mended"))
    changes = work.regrade(bank, None, [], record=False)
    assert [change.after - change.before for change in changes] == [2] * 4
    assert all(change.reasons == ("question 2: its template was mended",) for change in changes)


def test_never_lower(bank, tmp_path):
    hand_in(bank, tmp_path)
    with bank._begin(writing=True) as db:
        # as if an earlier marking had been more generous
        row = db.execute(schema.result.select().limit(1)).one()
        db.execute(schema.result.insert().values(paper_id=row.paper_id, submission=row.submission, marks="7",
                                                 facts=row.facts, cause="test", created="x"))
    assert work.regrade(bank, None, [], never_lower=True) == []
    assert max(totals(bank).values()) == 7
    assert work.regrade(bank, None, []) == [], "kept for ever"


@pytest.mark.parametrize(("count", "expected"), [("last", 2), ("first", 4), ("best", 6)])
def test_which_of_several_submissions_counts(bank, tmp_path, count, expected):
    bank.use_quiz(parse_quiz(QUIZ.replace("[marking]", f'[marking]\ncount = "{count}"')))
    one = CLASS[:1]
    hand_in(bank, tmp_path, wrong=("q2",), students=one)
    hand_in(bank, tmp_path, students=one)
    outcome = hand_in(bank, tmp_path, wrong=("q1",), students=one)
    assert totals(bank)["s1"] == expected
    assert outcome.marked[0].submissions == 3


def test_late_is_flagged(bank, tmp_path):
    bank.use_quiz(parse_quiz(QUIZ.replace("[marking]", "[marking]\ndue = 2026-11-20T12:00:00+01:00")))
    for name, time_, late in (("a", "2026-11-20T10:59:59Z", False), ("b", "2026-11-20T11:00:01Z", True)):
        bank.keep_submission(bank.paper("s1").paper_id, name, {"q1.e": name}, time_)
        assert next(iter(work.finals(bank, None, []))).marked.late is late
    assert not is_late("", None)


@pytest.mark.parametrize(("place", "marks", "reason", "by", "said"), [
    ("q9", "1", "r", "b", "no question 9"), ("q1.nope", "1", "r", "b", "asks for no nope"),
    ("one", "1", "r", "b", "neither a question"), ("q1", "99", "r", "b", "from 0 to that"),
    ("q1", "x", "r", "b", "no number of marks"), ("q1", "1", " ", "b", "--reason"), ("q1", "1", "r", "", "--by")])
def test_decisions_that_cannot_be(bank, place, marks, reason, by, said):
    with pytest.raises(UserError, match=said):
        work.adjust(bank, "s1", place, marks, reason, by)
    assert bank.decisions(bank.one_quiz().name) == []


def test_nothing_recorded_can_be_changed(bank, tmp_path):
    hand_in(bank, tmp_path)
    work.adjust(bank, "s1", "q3", "1", "r", "b")
    for table in schema.APPEND_ONLY:
        for statement in (f"UPDATE {table} SET id = id + 100", f"DELETE FROM {table}"):
            with pytest.raises(sa.exc.IntegrityError, match="append-only"), bank._begin(writing=True) as db:
                db.execute(sa.text(statement))


def test_a_bank_of_the_first_schema_is_brought_up_to_date(bank, tmp_path):
    hand_in(bank, tmp_path)
    path = tmp_path / "bank.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as db:
        for table in ("decision", "result"):
            db.execute(sa.text(f"DROP TABLE {table}"))
        db.execute(sa.text("DROP INDEX submission_once"))
        for column in ("digest", "handed_in"):
            db.execute(sa.text(f"ALTER TABLE submission DROP COLUMN {column}"))
        for table, column in (("quiz", "attached"), ("paper", "print")):
            db.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        db.execute(sa.text("UPDATE bank SET schema = 1"))
    engine.dispose()
    again = open_bank(str(path))
    assert totals(again) == dict.fromkeys(("s1", "s2", "s3", "s4"), 6)
    assert len(again.submissions()) == 4
    hand_in(again, tmp_path)
    assert all(len(kept) == 1 for kept in again.submissions().values()), "the same answers are one"


# -- processes

GRADE = """
import sys
from pathlib import Path
from softmark.commands.grade import grade
from softmark.problem_bank.ledger import open_bank
grade(open_bank(sys.argv[1]), [Path(sys.argv[2])])
"""


def start(folder: Path, file: str = "a.json"):
    return subprocess.Popen([sys.executable, "-c", GRADE, str(folder / "bank.db"), str(folder / file)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end_state(folder: Path):
    bank = open_bank(str(folder / "bank.db"))
    return {paper.paper_id: (len(bank.submissions(paper.paper_id).get(paper.paper_id, [])),
                             len(bank.gradings(paper.paper_id)),
                             [(r["marks"], r["facts"]) for r in bank.results(paper.paper_id)])
            for paper in bank.papers()}


def write_answers(bank, tmp_path, name="a.json", wrong=()):
    rows = [{"paper": (paper := bank.paper(student.id)).paper_id, "answers": answers_of(paper, wrong=wrong)}
            for student in CLASS]
    (tmp_path / name).write_text(json.dumps(rows))


def test_killed_at_any_moment_and_run_again_it_ends_the_same(bank, tmp_path):
    write_answers(bank, tmp_path, wrong=("q2",))
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    shutil.copy(tmp_path / "a.json", undisturbed)
    with sqlite3.connect(tmp_path / "bank.db") as here, \
            sqlite3.connect(undisturbed / "bank.db") as there:
        here.backup(there)
    assert start(undisturbed).wait() == 0
    begin = time.monotonic()
    rng = random.Random(5)
    for _ in range(4):
        process = start(tmp_path)
        time.sleep(0.2 + 1.3 * rng.random())
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert time.monotonic() - begin < 120
    assert start(tmp_path).wait() == 0
    state = end_state(tmp_path)
    assert state == end_state(undisturbed), "as if nothing had happened"
    assert start(tmp_path).wait() == 0
    assert end_state(tmp_path) == state, "once more changes nothing"
    assert all((subs, graded, len(results)) == (1, 1, 1) for subs, graded, results in state.values())


def test_two_graders_at_once(bank, tmp_path):
    write_answers(bank, tmp_path)
    write_answers(bank, tmp_path, "b.json", wrong=("q1",))
    graders = [start(tmp_path), start(tmp_path), start(tmp_path, "b.json")]
    assert [grader.wait() for grader in graders] == [0, 0, 0]
    assert all((subs, graded) == (2, 2) for subs, graded, _ in end_state(tmp_path).values())


def test_the_commands(bank, tmp_path):
    write_answers(bank, tmp_path, wrong=("q2",))

    def softmark(*words):
        return subprocess.run([sys.executable, "-m", "softmark.cli", *words], cwd=tmp_path,
                              capture_output=True, text=True, encoding="utf-8", check=False)

    assert softmark("grade", "--bank", "bank.db", "a.json", "--no-feedback").returncode == 0
    with (tmp_path / "marked" / "marks.csv").open(encoding="utf-8") as file:
        assert {(row["submissions"], row["late"]) for row in csv.DictReader(file)} == {("1", "")}
    said = softmark("adjust", "s1", "q2", "1.5", "--reason", "sketch", "--by", "A. Hahn", "--bank", "bank.db")
    assert "4 → 5.5" in said.stdout.replace("5.50", "5.5") and "A. Hahn" in said.stdout
    assert softmark("regrade", "--diff", "--bank", "bank.db").stdout.strip() == "nothing changes"
    voided = softmark("void", "q2", "--reason", "misprint", "--by", "A. Hahn", "--bank", "bank.db", "--json")
    assert len(json.loads(voided.stdout)) == 4
    bad = softmark("void", "q7", "--reason", "x", "--by", "y", "--bank", "bank.db")
    assert bad.returncode == 2 and "no question 7" in bad.stderr

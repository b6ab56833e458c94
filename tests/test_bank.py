"""The bank: papers that never move, ids that can be checked, a ledger that only grows."""

from fractions import Fraction

import pytest
import sqlalchemy as sa

from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student, load_roster
from softmark.problem_bank.seeds import is_signed, normal_id, paper_id, stream
from softmark.worksheet.errors import UserError

QUIZ = parse_quiz("""
title = "Quiz"
[[question]]
template = "backprop/mlp_forward"
marks = 6
[[question]]
template = ["convolution/pooling", "convolution/conv_numeric"]
[[question]]
text = "Why $x$?"
marks = 2
answer = "Because."
""")
ANN, BEN = Student("s1", "Ann"), Student("s2", "Ben")


def givens(paper):
    return [item.problem.to_json() for item in paper.problems if item.problem is not None]


def test_the_same_call_gives_the_same_paper_and_students_share_nothing():
    one, again, other = (make_paper(QUIZ, who, b"secret") for who in (ANN, ANN, BEN))
    assert givens(one) == givens(again) and one.paper_id == again.paper_id
    assert givens(one) != givens(other)
    assert givens(make_paper(QUIZ, ANN, b"other secret")) != givens(one)
    assert givens(make_paper(QUIZ, ANN, b"secret", attempt=1)) != givens(one)


def test_streams_are_disjoint():
    draws = {stream(b"s", a, b).integer(0, 10**12) for a in ("x", "xy") for b in ("z", "yz")}
    assert len(draws) == 4


def test_paper_ids_can_be_read_aloud_and_checked():
    identity = paper_id(b"secret", "q", "s1", 0)
    assert len(identity) == 11 and not set(identity) & set("ILOU")
    typed = identity.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert normal_id(typed) == identity
    assert is_signed(b"secret", typed)
    wrong = ("7" if identity[0] != "7" else "8") + identity[1:]
    forged = sum(is_signed(b"secret", wrong[:-1] + sign) for sign in "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert forged == 1


@pytest.fixture
def bank(tmp_path):
    bank = open_bank(str(tmp_path / "bank.db"), create=True)
    bank.keep_quiz(QUIZ)
    return bank


def test_papers_come_back_as_they_were_kept(bank):
    paper = make_paper(QUIZ, ANN, bank.secret)
    bank.keep_paper(paper)
    kept = bank.paper("s1")
    assert givens(kept) == givens(paper)
    assert [i.marks for i in kept.problems] == [6, 1, 2]
    assert bank.paper(paper.paper_id.lower()).paper_id == paper.paper_id
    with pytest.raises(sa.exc.IntegrityError):
        bank.keep_paper(paper)


def test_submissions_and_gradings_are_append_only(bank):
    paper = make_paper(QUIZ, ANN, bank.secret)
    bank.keep_paper(paper)
    number = bank.keep_submission(paper.paper_id, "a.csv", {"q1.z": "1"})
    assert bank.keep_submission(paper.paper_id, "b.csv", {"q1.z": "1"}) == number
    bank.keep_grading(number, "0.1.0", Fraction(3, 2), [])
    bank.keep_grading(number, "0.1.0", Fraction(2), [])
    assert [row["marks"] for row in bank.gradings(paper.paper_id)] == ["3/2", "2"]
    for table in ("submission", "grading"):
        for verb in (f"DELETE FROM {table}", f"UPDATE {table} SET id = 9"):
            with pytest.raises(sa.exc.IntegrityError, match="append-only"), bank._engine.begin() as db:
                db.execute(sa.text(verb))


def test_a_bank_is_private_and_keeps_its_secret(tmp_path):
    path = tmp_path / "bank.db"
    first = open_bank(str(path), create=True).secret
    assert path.stat().st_mode & 0o077 == 0
    assert open_bank(str(path)).secret == first and len(first) == 32


def test_what_is_no_bank_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "text.db").write_text("hello " * 200)
    other = sa.create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with other.begin() as db:
        db.execute(sa.text("CREATE TABLE x (y INTEGER)"))
    other.dispose()
    for name in ("missing.db", "text.db", "other.db"):
        with pytest.raises(UserError, match="bank"):
            open_bank(str(tmp_path / name))
    with pytest.raises(UserError, match="URL"):
        open_bank("nosuch://x")
    assert (tmp_path / "text.db").read_text().startswith("hello")


@pytest.mark.parametrize("data", ["id,name\n1,Ann\n2,Ben\n", "\ufeffid;name\n1;Ann\n2;Ben\n",
                                  "Student ID\tName\tEmail\n1\tAnn\ta@b\n\n2\tBen\t\n"])
def test_rosters_in_the_forms_that_come(tmp_path, data):
    path = tmp_path / "class.csv"
    path.write_text(data, encoding="utf-8")
    assert [(s.id, s.name) for s in load_roster(path)] == [("1", "Ann"), ("2", "Ben")]


@pytest.mark.parametrize(("toml", "said"), [
    ('title="x"\n[[question]]\ntemplat="a"', r"question 1 \(line 3\).*did you mean 'template'"),
    ('title="x"\n[[question]]\ntemplate="a"\nmarks=-3', r"question 1 \(line 4\): marks = -3"),
    ('title="x"\n[[question]]\ntemplate="a"\nlevel="hrd"', "easy"),
    ('title="x"\n[marking]\ncoarse=2\n[[question]]\ntext="a"', r"\[marking\] \(line 3\)"),
    ('title="x"\n[[question]]\nmarks=1', "either `template`"),
    ('[[question]]\ntext="a"', "'title' is missing")])
def test_quiz_files_are_refused_with_table_key_and_mend(toml, said):
    with pytest.raises(UserError, match=said):
        parse_quiz(toml, "quiz.toml")

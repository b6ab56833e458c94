"""Answers from learning platforms in, marks and feedback back in the names that they expect."""

import csv
import io
import json
import zipfile
from fractions import Fraction

import pytest

from softmark.commands import lms
from softmark.commands.output import csv_text
from softmark.grader.files.times import iso_time
from softmark.grader.marked import mark_paper
from softmark.grader.responses import values_in
from softmark.grader.scripts import values_of, written
from softmark.grader.submissions import Submission, read_submissions
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.worksheet.runs import solve
from tests.test_cli import QUIZ, softmark

HEAD = ["Last name", "First name", "ID number", "Email address", "State", "Started on", "Completed", "Time taken",
        "Grade/10.00", "Response 1", "Response 2"]
ANN, BEN = Student("s1", "Ann Äther", "ann@x.org"), Student("s2", "Ben", "Ben@x.org")


def paper_of(student, title="Quiz 1"):
    return make_paper(parse_quiz(QUIZ.replace("Quiz 1", title), "quiz.toml"), student, b"secret")


def right(paper):
    return written(paper.problems[0].asks, values_of(solve(paper.problems[0].problem)))


def table(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def attempt(student, response, *, state="Finished", completed="10 January 2024  2:15 PM", number=None):
    return ["X", "Y", student.id if number is None else number, student.email.lower(), state,
            "10 January 2024  2:00 PM", completed, "15 mins", "", response, "So."]


STYLES = {
    "named": lambda cells: "; ".join(f"{name}: {value}" for name, value in cells.items()),
    "equal signs": lambda cells: ", ".join(f"{name}={value}" for name, value in cells.items()),
    "a line each": lambda cells: "\n".join(f"{name} = {value}" for name, value in cells.items()),
    "subscripts": lambda cells: "\n".join(f"{name.replace('[', '_').rstrip(']')}: {value}" for name, value in cells.items()),
    "parts": lambda cells: "; ".join(f"part {n}: {value}" for n, value in enumerate(cells.values(), 1)),
    "bare": lambda cells: "; ".join(cells.values()),
}


@pytest.mark.parametrize("style", STYLES)
def test_a_responses_export_is_marked(tmp_path, style):
    paper = paper_of(ANN)
    (tmp_path / "r.csv").write_text(table([HEAD, attempt(ANN, STYLES[style](right(paper)))]), encoding="utf-8")
    (found,), problems = read_submissions([tmp_path / "r.csv"])
    assert (found.student, found.email, found.received) == ("s1", "ann@x.org", "2024-01-10T14:15:00")
    assert set(found.answers) == {"q1.*", "q2.*"} and not problems
    marked = mark_paper(paper, found, problems)
    assert marked.total == 6 and not problems
    assert set(right(paper)) <= {name.removeprefix("q1.") for name in marked.submission.answers}


def test_a_response_that_cannot_be_shared_out_is_told(tmp_path):
    paper = paper_of(ANN)
    for text, said in (("0.3", "does not say which"), ("z[99]: 1; y: 2", "asks for no"), ("[1, 2]", "does not say which")):
        problems = []
        marked = mark_paper(paper, Submission("", "s1", "r.csv", {"q1.*": text, "q7.*": "1"}), problems)
        assert marked.total == 0 and said in problems[0] and "question 7" in problems[-1]


def test_arrays_and_single_values():
    asks = paper_of(ANN).problems[0].asks
    one = asks[:1]
    cells = [cell.name for cell in one[0].cells]
    assert values_in("0.5", one) == {cells[0] if len(cells) == 1 else one[0].name: "0.5"}
    assert values_in(f"{cells[0]}: 0.5", one) == {cells[0]: "0.5"}


def test_rows_of_an_export(tmp_path):
    rows = [HEAD, attempt(ANN, "-"), attempt(ANN, "2", completed="-", state="In progress"), attempt(BEN, "3", number=""),
            attempt(BEN, "4", completed="1/2/2024 14:15"), ["Overall average"] + [""] * 10]
    (tmp_path / "r.csv").write_text(table(rows), encoding="utf-8")
    found, problems = read_submissions([tmp_path / "r.csv"])
    assert [(one.key, one.answers.get("q1.*")) for one in found] == [("s1", None), ("s1", "2"), ("ben@x.org", "3"), ("s2", "4")]
    assert len(problems) == 2 and "not finished" in problems[0] and "no certain time" in problems[1]


@pytest.mark.parametrize(("text", "iso"), [
    ("10 January 2024  2:15 PM", "2024-01-10T14:15:00"), ("10 January 2024, 12:05 AM", "2024-01-10T00:05:00"),
    ("Mittwoch, 10. Januar 2024, 14:15", "2024-01-10T14:15:00"), ("10.1.2024 14:15", "2024-01-10T14:15:00"),
    ("2024-01-10 14:15", "2024-01-10T14:15:00"), ("2024-01-10T14:15:00Z", "2024-01-10T14:15:00+00:00"),
    ("1/2/2024 14:15", ""), ("31 February 2024 1:00 PM", ""), ("10 January 2024 13:15 PM", ""), ("-", ""), ("9" * 5000, "")])
def test_times(text, iso):
    assert iso_time(text) == iso


def test_times_in_other_files(tmp_path):
    (tmp_path / "a.csv").write_text("student,question,ask,answer,submitted\ns1,1,z,1,2024-01-10 14:15\ns1,1,y,1,2024-01-10 14:20\n")
    (tmp_path / "b.json").write_text(json.dumps({"student": "s2", "submitted": "2024-01-10T08:00", "answers": {"q1.z": 1}}))
    found, problems = read_submissions([tmp_path])
    assert [one.received for one in found] == ["2024-01-10T14:20:00", "2024-01-10T08:00:00"] and not problems


def marked(student, source, title="Quiz 1"):
    paper = paper_of(student, title)
    answers = {f"q1.{cell}": text for cell, text in right(paper).items()}
    return mark_paper(paper, Submission(paper.paper_id, "", source, answers), [])


def read_back(found):
    return list(csv.reader(io.StringIO(csv_text(*found))))


def test_grade_files_have_the_columns_that_the_platforms_take():
    both = [marked(ANN, "a.csv"), marked(BEN, "p.zip: ben_77_88_a.csv")]
    head, *rows = read_back(lms.moodle_table(both))
    assert head == ["ID number", "Email address", "Quiz 1", "Feedback"]
    assert [row[:3] for row in rows] == [["s1", "ann@x.org", "6"], ["s2", "Ben@x.org", "6"]]
    assert rows[0][3] == "Question 1: 6 of 6. Question 2: 2 marks by hand"
    head, points, *rows = read_back(lms.canvas_table(both))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Quiz 1"]
    assert points == ["    Points Possible", "", "", "", "", "8"]
    assert rows == [["Ann Äther", "", "s1", "ann@x.org", "", "6"], ["Ben", "77", "s2", "Ben@x.org", "", "6"]]


def test_two_quizzes_and_shares_of_marks():
    one, other = marked(ANN, "a.csv"), marked(BEN, "a.csv", "=Quiz 2")
    one.questions[1] = type(one.questions[1])(one.questions[1].cells[:1], Fraction(6))
    head, *rows = read_back(lms.moodle_table([one, other]))
    assert head == ["ID number", "Email address", "Quiz 1", "'=Quiz 2", "Feedback"]
    assert rows[0][2:4] == ["0.75", ""] and rows[1][2:4] == ["", "6"]


MOODLE_SOURCES = [
    ("p.zip: Ann Äther_123_assignsubmission_file_/a.csv", "Ann Äther_123_assignsubmission_file_"),
    ("p.zip: Quiz/Ann Äther_123_assignsubmission_file/a.csv", "Ann Äther_123_assignsubmission_file"),
    ("back/Ann_123_assignsubmission_file_/Ben_9_assignsubmission_file_/a.csv", "Ann_123_assignsubmission_file_"),
    ("p.zip: Ann_12_assignsubmission_onlinetext_/a.csv", "Ann_12_assignsubmission_onlinetext_"),
    ("Ann_123_file/a.csv", None), ("answers.csv", None), ("p.zip: ../_1_assignsubmission_file_.csv", None)]
CANVAS_SOURCES = [
    ("p.zip: atherann_77_88_a.csv", "atherann_77_88_"), ("p.zip: atherann_LATE_77_88_my_answers-1.csv", "atherann_LATE_77_88_"),
    ("back/atherann_77_88_a.csv", "atherann_77_88_"), ("p.zip: atherann_77_a.csv", None), ("77_88_a.csv", None), ("a.csv", None)]


@pytest.mark.parametrize(("source", "folder"), MOODLE_SOURCES)
def test_moodles_names(source, folder):
    one = marked(ANN, source)
    assert lms.moodle_name(one) == (folder and f"{folder}/feedback_{one.paper.paper_id}.pdf")


@pytest.mark.parametrize(("source", "start"), CANVAS_SOURCES)
def test_canvas_names(source, start):
    assert lms.canvas_name(marked(ANN, source)) == (start and f"{start}feedback.pdf")


def test_from_the_download_to_the_upload(tmp_path):
    (tmp_path / "quiz.toml").write_text(QUIZ)
    (tmp_path / "class.csv").write_text("id,name,email\ns_1,Ann Äther,ann@x.org\n77_88,Ben,ben@x.org\n", encoding="utf-8")
    assert softmark("quiz", "quiz.toml", "--roster", "class.csv", cwd=tmp_path).returncode == 0
    key = list(csv.DictReader((tmp_path / "out" / "key.csv").read_text(encoding="utf-8").splitlines()))
    ann = [("student", "question", "ask", "answer")] + [("s_1", 1, row["ask"], row["value"]) for row in key if row["student"] == "s_1"]
    ben = "\n".join(f"{row['ask']}: {row['value']}" for row in key if row["student"] == "77_88")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("Ann Äther_123_assignsubmission_file_/week 3/answers.csv", table(ann))
        packed.writestr("Ann Äther_123_assignsubmission_file_/photo.jpg", b"\xff\xd8")
    (tmp_path / "responses.csv").write_text(table([HEAD, attempt(Student("other", "Ben", "BEN@x.org"), ben)]), encoding="utf-8")
    done = softmark("grade", "all.zip", "responses.csv", "--moodle", "--canvas", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "photo.jpg: is neither" in done.stderr and "1 sheets are in the folder unmatched" in done.stderr
    out = tmp_path / "marked"
    for name in ("marks.moodle.csv", "marks.canvas.csv"):
        rows = list(csv.reader((out / name).read_text(encoding="utf-8").splitlines()))
        assert [row[rows[0].index("Quiz 1")] for row in rows[-2:]] == ["6", "6"]
    with zipfile.ZipFile(out / "feedback.moodle.zip") as packed:
        names = sorted(packed.namelist())
        assert names[0].startswith("Ann Äther_123_assignsubmission_file_/feedback_") and names[0].endswith(".pdf")
        assert packed.read(names[0]).startswith(b"%PDF")
        # no piece that a platform could take for somebody's number
        assert names[1].startswith("unmatched/id-77-88-") and "_" not in names[1]
    again = softmark("grade", "all.zip", "--moodle", "--no-feedback", "--out", "other", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    (tmp_path / "other" / "marks.csv").unlink()
    refused = softmark("grade", "all.zip", "--moodle", "--no-feedback", "--out", "other", cwd=tmp_path)
    assert refused.returncode == 2 and "marks.moodle.csv: is there already" in refused.stderr
    assert not (tmp_path / "other" / "marks.csv").exists()

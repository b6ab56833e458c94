"""The commands as a user runs them: files out, sentences on stderr, exit codes."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QUIZ = """
title = "Quiz 1"
course = "Networks"
[[question]]
template = "backprop/mlp_forward"
level = "easy"
marks = 6
[[question]]
text = "Say why $x_1$."
marks = 2
answer = "So."
"""


def softmark(*words, cwd):
    return subprocess.run([sys.executable, "-m", "softmark.cli", *map(str, words)], cwd=cwd,
                          capture_output=True, text=True, timeout=120, check=False,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


@pytest.fixture
def place(tmp_path):
    (tmp_path / "quiz.toml").write_text(QUIZ)
    (tmp_path / "class.csv").write_text("id,name\ns1,Ann Äther\ns2,Ben\n", encoding="utf-8")
    return tmp_path


def test_list_show_and_solve(place):
    rows = json.loads(softmark("list", "--json", cwd=place).stdout)
    assert {"slug", "title", "topic", "levels", "asks"} <= set(rows[0])
    assert len(rows) >= 18
    shown = json.loads(softmark("show", "backprop/backprop_numeric", "--json", cwd=place).stdout)
    assert {"slug", "version", "level", "given", "statement", "asks", "steps", "mistakes"} <= set(shown)
    assert {"name", "kind", "value", "decimals", "interval", "marks"} <= set(shown["asks"][0])
    assert {"name", "title", "symbol", "formula", "numbers", "value"} <= set(shown["steps"][0])
    assert {"step", "name", "value"} <= set(shown["mistakes"][0])
    (place / "given.json").write_text(json.dumps(shown["given"]))
    solved = json.loads(softmark("solve", "backprop/backprop_numeric", "--given", "given.json", "--json",
                                 cwd=place).stdout)
    assert solved["asks"] == shown["asks"]
    text = softmark("show", "backprop/backprop_numeric", "--solution", cwd=place).stdout
    assert "Net input of each hidden node" in text and "\\frac" not in text


def test_a_sheet_of_ones_own_numbers(place):
    (place / "net.toml").write_text("w = [0.5, -1.5, 2]\nx = 1.2\ny = 0.3\nr = 0.1\n")
    for name in ("sheet.pdf", "sheet.html"):
        done = softmark("solve", "backprop/backprop_chain", "--given", "net.toml", "-o", name, cwd=place)
        assert done.returncode == 0, done.stderr
    assert (place / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert "http:" not in (place / "sheet.html").read_text().replace("http://www.w3.org", "")
    again = softmark("solve", "backprop/backprop_chain", "--given", "net.toml", "-o", "sheet.pdf", cwd=place)
    assert again.returncode == 2 and "--force" in again.stderr


def test_quiz_and_grade(place):
    from pypdf import PdfReader

    made = softmark("quiz", "quiz.toml", "--roster", "class.csv", "--json", cwd=place)
    assert made.returncode == 0, made.stderr
    papers = {p["student"]: p for p in json.loads(made.stdout)["papers"]}
    first = place / papers["s1"]["file"]
    text = "".join(page.extract_text() for page in PdfReader(first).pages)
    assert "Ann Äther" in text and papers["s1"]["paper"] in text and "1 of " in text
    bytes_before = first.read_bytes()

    with (place / "class.csv").open("a", encoding="utf-8") as file:
        file.write("s3,Cem\n")
    key_before = (place / "out" / "key.csv").read_text()
    assert softmark("quiz", "quiz.toml", "--roster", "class.csv", cwd=place).returncode == 0
    assert first.read_bytes() == bytes_before
    key = (place / "out" / "key.csv").read_text()
    assert set(key_before.splitlines()) < set(key.splitlines())
    pages = PdfReader(place / "out" / "all_papers.pdf").pages
    assert len(pages) % 2 == 0

    answers = {row["ask"]: row["value"] for row in csv.DictReader(key.splitlines())
               if row["student"] == "s1"}
    wide = place / "wide.csv"
    with wide.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *(f"q1.{ask}" for ask in answers)])
        writer.writerow(["s1", *answers.values()])
        writer.writerow(["s9", *answers.values()])
    one = place / "one.json"
    one.write_text(json.dumps({"paper": papers["s2"]["paper"], "answers": {"q1.nonsense": "1", "q1.z": "x"}}))
    done = softmark("grade", wide, one, "missing.csv", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "'s9' is no student" in done.stderr
    assert "asks for no nonsense" in done.stderr
    assert "missing.csv: there is no such file" in done.stderr
    marks = {r["student"]: r for r in csv.DictReader(
        (place / "marked" / "marks.csv").read_text(encoding="utf-8").splitlines())}
    assert marks["s1"]["total"] == "6" and marks["s1"]["q2"] == "by hand"
    assert marks["s2"]["total"] == "0" and int(marks["s2"]["for a person"]) > 0
    feedback = list((place / "marked" / "feedback").glob("s1_*.pdf"))
    assert "6 of 6" in PdfReader(feedback[0]).pages[0].extract_text()


def test_a_resit_paper_leaves_the_others_alone(place):
    first = json.loads(softmark("quiz", "quiz.toml", "--roster", "class.csv", "--json", cwd=place).stdout)
    again = json.loads(softmark("quiz", "quiz.toml", "--roster", "class.csv", "--again", "s1", "--json",
                                cwd=place).stdout)
    ids = [{p["student"]: p["paper"] for p in run["papers"]} for run in (first, again)]
    assert ids[0]["s1"] != ids[1]["s1"] and ids[0]["s2"] == ids[1]["s2"]


def test_a_crash_goes_on_where_it_stopped(place):
    made = json.loads(softmark("quiz", "quiz.toml", "--roster", "class.csv", "--json", cwd=place).stdout)
    lost = place / made["papers"][1]["file"]
    before = lost.read_bytes()
    lost.unlink()
    softmark("quiz", "quiz.toml", "--roster", "class.csv", cwd=place)
    assert lost.read_bytes() == before


def test_proof_touches_no_bank(place):
    assert softmark("quiz", "quiz.toml", "--proof", cwd=place).returncode == 0
    assert not (place / "softmark.db").exists()
    assert (place / "out" / "proof_paper.pdf").exists()


def test_new_and_check(place):
    assert softmark("new", "mine/unit", cwd=place).returncode == 0
    done = softmark("check", "templates", "--draws", "8", "--json", cwd=place)
    report = json.loads(done.stdout)[0]
    assert done.returncode == 0, report["broken"]
    assert report["slug"] == "mine/unit" and report["kept"] == 24
    assert softmark("new", "mine/unit", cwd=place).returncode == 2


def test_read(place):
    assert json.loads(softmark("read", "number", "1.2e-3", "--json", cwd=place).stdout)["value"] == "0.0012"
    assert softmark("read", "nonsense", "1", cwd=place).returncode == 2


@pytest.mark.parametrize(("words", "said"), [
    (("show", "backprop/mlp_forwad"), "did you mean backprop/mlp_forward"),
    (("show", "backprop/mlp_forward", "--level", "silly"), "no level 'silly'"),
    (("list", "--topic", "cooking"), "no topic 'cooking'"),
    (("quiz", "nowhere.toml"), "there is no such file"),
    (("quiz", "."), "is a folder"),
    (("quiz", "quiz.toml", "--roster", "class.csv", "--variants", "3"), "not both"),
    (("quiz", "quiz.toml", "--roster", "class.csv", "--again", "s7"), "no student of the roster"),
    (("grade", "x.csv"), "there is no such bank"),
    (("solve", "backprop/backprop_chain", "--given", "quiz.toml"), "there is no field title"),
    (("check", "no/such"), "no template"),
    (("new", "Bad Name"), "topic/family")])
def test_the_users_mistakes_get_one_sentence_and_code_two(place, words, said):
    done = softmark(*words, cwd=place)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert not (place / "softmark.db").exists()


def test_help_shows_examples(place):
    for command in ("list", "show", "solve", "quiz", "grade", "new", "check", "read"):
        assert "Example" in softmark(command, "--help", cwd=place).stdout

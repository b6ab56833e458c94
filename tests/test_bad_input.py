"""Every file a user gives may be anything: one sentence, exit code 2, nothing half-written."""

import pytest

from tests.test_cli import QUIZ, softmark

NOTHING = {
    "empty": b"", "blank": b"\n \n", "binary": b"\x00\x01\x02PK\x03\x04", "latin-1": "Ä = ö, é\n".encode("latin-1"),
    "utf-16": "id,name\n1,a\n".encode("utf-16"), "half": b'title = "Quiz\n[[quest', "huge": b"x" * 6_000_000,
    "deep": b"[" * 50_000, "html": b"<!doctype html><title>Login</title>",
}


@pytest.mark.parametrize("kind", NOTHING)
@pytest.mark.parametrize("place", ["quiz", "roster", "given", "bank", "submission"])
def test_files_that_are_none(tmp_path, place, kind):
    (tmp_path / "quiz.toml").write_text(QUIZ)
    (tmp_path / "class.csv").write_text("id,name\ns1,Ann\n")
    bad = tmp_path / {"given": "bad.json", "bank": "bad.db"}.get(place, "bad.csv")
    bad.write_bytes(NOTHING[kind])
    words = {
        "quiz": ("quiz", bad), "roster": ("quiz", "quiz.toml", "--roster", bad),
        "given": ("solve", "backprop/backprop_chain", "--given", bad, "-o", "sheet.pdf"),
        "bank": ("grade", "class.csv", "--bank", bad),
        "submission": ("grade", bad, "--bank", "softmark.db", "--json"),
    }[place]
    if place == "submission":
        made = softmark("quiz", "quiz.toml", "--roster", "class.csv", cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        bank = (tmp_path / "softmark.db").read_bytes()
    before = {path.name for path in tmp_path.iterdir()}
    done = softmark(*words, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert bad.name in done.stderr
    assert bad.read_bytes() == NOTHING[kind]
    if place == "submission":
        assert done.returncode == 2 and "nothing was written" in done.stderr
        assert not (tmp_path / "marked").exists()
        assert (tmp_path / "softmark.db").read_bytes() == bank
        return
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and len(done.stderr) < 400
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("given", "said"), [
    ('{"w": [0.5, -1.5], "x": 1, "y": 0, "r": 99}', "field r = 99"),
    ('{"w": [0.5], "x": 1, "y": 0, "r": 0.1}', "2 to 6 weights"),
    ('{"w": [0.5, NaN], "x": 1, "y": 0, "r": 0.1}', "finite"),
    ('{"w": [0.5, 1e300], "x": 1, "y": 0, "r": 0.1}', "too large"),
    ('{"w": "all", "x": 1, "y": 0, "r": 0.1}', "field w"),
    ("[1, 2]", "one table of values")])
def test_given_values_that_break_a_rule_name_field_value_and_rule(tmp_path, given, said):
    (tmp_path / "given.json").write_text(given)
    done = softmark("solve", "backprop/backprop_chain", "--given", "given.json", cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1

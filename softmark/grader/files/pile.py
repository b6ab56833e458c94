"""What a file holds: scripts, and a sentence for everything that is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from softmark.grader.files.opening import shown, typed

MAX_ANSWER = 20_000
MAX_CELLS = 5_000
MAX_SCRIPTS = 50_000
MAX_PROBLEMS = 40
MAX_NAME = 200
CELL = re.compile(r"q(?P<question>\d{1,3})\.(?P<cell>[^\x00-\x1f]{1,120})")
#: a cell that begins with one of these could become a formula; exports put an apostrophe before it
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(slots=True)
class Script:
    """One hand's answers, as JSON takes them."""

    paper: str = ""
    student: str = ""
    email: str = ""
    received: str = ""
    #: of a PDF: whether its form is there ("filled") or "lost", and what it says of which paper it is
    form: str = ""
    seals: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Pile:
    """The scripts of a file, as they are found; `where` names the file in every sentence."""

    where: str
    scripts: list[Script] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unsaid: int = 0

    def tell(self, problem: str) -> None:
        """A sentence for the instructor; of hundreds, the first will do."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        else:
            self.unsaid += 1

    def script(self, place: str, paper: str, student: str, email: str = "",
               received: str = "") -> Script | None:
        """A new script; None, with a sentence, if it says not whose it is."""
        whose = [paper.strip(), student.strip(), email.strip()]
        if not any(whose):
            self.tell(f"{self.where}: {place}: names neither paper nor student")
            return None
        if any(len(one) > MAX_NAME or shown(one, MAX_NAME) != one for one in whose):
            self.tell(f"{self.where}: {place}: the name of the paper or student is too long or holds "
                      f"unseen characters ({shown(next(filter(None, whose)), 60)})")
            return None
        if len(self.scripts) >= MAX_SCRIPTS:
            self.tell(f"{self.where}: {place}: is one script too many; {MAX_SCRIPTS:,} are read")
            return None
        script = Script(whose[0], whose[1], whose[2], received)
        self.scripts.append(script)
        return script

    def put(self, script: Script, cell: str, answer: str, place: str) -> None:
        """An answer into its script, with a sentence if it had to be changed."""
        place = f"{self.where}: {place}"
        if not CELL.fullmatch(cell) or shown(cell) != cell:
            self.tell(f"{place}: {shown(cell, 60)!r} is no name of an answer such as q1.z[2]")
            return
        if len(answer) > MAX_ANSWER:
            self.tell(f"{place}: the answer to {cell} is longer than {MAX_ANSWER} characters and "
                      "was cut")
            answer = answer[:MAX_ANSWER]
        answer = typed(unquoted(answer))
        before = script.answers.get(cell, answer)
        if before != answer and before.strip():
            if not answer.strip():
                return
            self.tell(f"{place}: {cell} is answered twice; the later answer is taken")
        if cell not in script.answers and len(script.answers) >= MAX_CELLS:
            self.tell(f"{place}: gives more than {MAX_CELLS:,} answers; {cell} was left out")
            return
        script.answers[cell] = answer

    def as_json(self) -> dict[str, Any]:
        """What the child hands back."""
        more = [f"{self.where}: {self.unsaid} more sentences of this kind"] if self.unsaid else []
        return {"scripts": [[self.where, s.paper, s.student, s.email, s.received, s.answers, s.form,
                             s.seals] for s in self.scripts],
                "problems": self.problems + more}


_QUOTED_INSIDE = re.compile(r"([;\t\r\n] *)'(?=[=@＝＠]|[-+－＋] *[^\W\d])")


def unquoted(answer: str) -> str:
    """Without the apostrophes that an export puts before what could become a formula."""
    answer = _QUOTED_INSIDE.sub(r"\1", answer)
    if answer.startswith("'") and answer[1:].lstrip(" ").startswith(FORMULA):
        return answer[1:]
    return answer

"""Papers that come back as PDFs: whose each is, and which are missing, there twice, or another bank's."""

from __future__ import annotations

from contextlib import suppress

from softmark.grader.files.pdfs import LOST
from softmark.grader.submissions import Submission
from softmark.problem_bank.ledger import Bank
from softmark.problem_bank.papers import Paper
from softmark.problem_bank.seeds import unseal
from softmark.worksheet.errors import UserError

_COUNTS = {"last": "the one handed in last counts", "first": "the one handed in first counts",
           "best": "the better one counts"}


class Returned:
    """The returned papers of a run. Only what a file says inside is believed, never its name."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._came: dict[str, list[Submission]] = {}
        self._papers: dict[str, Paper] = {}
        #: files that are papers of other banks
        self.foreign: list[str] = []

    def paper(self, submission: Submission) -> Paper:
        """The paper that a PDF is; UserError if it is none of this bank's, or holds no answers."""
        if submission.form == LOST:
            raise UserError(self._lost(submission))
        identity = self._unsealed(submission)
        try:
            paper = self._bank.paper(identity)
        except UserError:
            self.foreign.append(submission.source)
            raise UserError(f"paper {identity} is signed by this bank, which does not hold it; it "
                            "is of a copy of the bank that went on elsewhere") from None
        self._papers[paper.paper_id] = paper
        self._came.setdefault(paper.paper_id, []).append(submission)
        return paper

    def _unsealed(self, submission: Submission) -> str:
        said = [unseal(self._bank.secret, text) for text in submission.seals]
        names = " and ".join(dict.fromkeys(identity[:40] for identity, _ in said))
        if len(said) == 1 and said[0][1] == "good":
            return said[0][0]
        if said and all(kind == "foreign" for _, kind in said):
            self.foreign.append(submission.source)
            raise UserError(f"paper {names} is foreign: another bank made it; give that one with --bank")
        if len(said) > 1:
            raise UserError(f"says that it is paper {names}: two papers were put into one file, or it "
                            "was tampered with; ask for each file as it was saved")
        raise UserError(f"its paper id {names} was tampered with: the signature is not this bank's")

    def _lost(self, submission: Submission) -> str:
        said = "its form is gone: it was printed to PDF or flattened instead of saved"
        whose = submission.paper
        with suppress(UserError):
            paper = self._bank.paper(submission.paper)
            whose = f"{paper.paper_id} of {paper.student.name} ({paper.student.id})"
        return f"{said} (paper {whose}); ask for the saved file, or type its answers into a CSV"

    def twice(self) -> list[str]:
        """A sentence for every paper that came in more than one file."""
        found = []
        for identity, files in self._came.items():
            if len(files) < 2:
                continue
            paper = self._papers[identity]
            names = ", ".join(one.source for one in files[:4]) + (", …" if len(files) > 4 else "")
            differ = len({tuple(sorted(one.answers.items())) for one in files}) > 1
            counts = _COUNTS[paper.quiz.marking.count]
            said = f"different answers: all are kept, and {counts} ([marking] count)" if differ \
                else "the same answers"
            found.append(f"paper {identity} of {paper.student.name} came {_times(len(files))} "
                         f"({names}), with {said}")
        return found

    def missing(self) -> list[Paper]:
        """The newest papers of the same quizzes for which nothing has come back so far."""
        quizzes = list(dict.fromkeys(paper.quiz.name for paper in self._papers.values()))
        kept = self._bank.submissions() if quizzes else {}
        newest: dict[tuple[str, str], Paper] = {}
        for quiz in quizzes:
            for paper in self._bank.papers(quiz):
                known = newest.get((quiz, paper.student.id))
                if known is None or paper.attempt > known.attempt:
                    newest[quiz, paper.student.id] = paper
        return [paper for paper in newest.values() if paper.paper_id not in kept]


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"

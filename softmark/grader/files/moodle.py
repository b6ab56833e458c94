"""Moodle's "Responses" report of a quiz, downloaded: a line an attempt, a column a question."""

from __future__ import annotations

import re

from softmark.grader.files.opening import shown
from softmark.grader.files.pile import Pile
from softmark.grader.files.times import iso_time

_RESPONSE = re.compile(r"(?:response|antwort|réponse|respuesta|risposta|resposta|antwoord) "
                       r"(?P<question>\d{1,3})", re.IGNORECASE)
ID = ("id number", "idnumber", "id-nummer", "id", "student id", "matrikelnummer")
EMAIL = ("email address", "email", "e-mail-adresse", "e-mail", "adresse de courriel")
COMPLETED = ("completed", "beendet", "terminé", "finalizado")
STATE = ("state", "status")
_FINISHED = ("finished", "beendet", "terminé", "finalizado", "")


def is_moodle(lower: list[str]) -> bool:
    """Do the titles (in small letters) belong to such a report?"""
    return any(_RESPONSE.fullmatch(title) for title in lower) and \
        any(title in ID + EMAIL for title in lower)


def moodle_rows(titles: list[str], rows: list[tuple[int, list[str]]], line: str, pile: Pile) -> None:
    """Every attempt as a script of its own; a response goes to `qN.*`, for the marker to share out."""
    lower = [title.lower() for title in titles]
    responses = [(place, int(match["question"])) for place, title in enumerate(titles)
                 if (match := _RESPONSE.fullmatch(title))]

    def of(row: list[str], names: tuple[str, ...]) -> str:
        return next((row[lower.index(name)].strip() for name in names if name in lower
                     and row[lower.index(name)].strip()), "")

    for number, row in rows:
        place = f"{line} {number}"
        given = [(question, row[at]) for at, question in responses if row[at].strip() not in ("", "-")]
        state, at = of(row, STATE), of(row, COMPLETED)
        if not given and not (of(row, ID) or of(row, EMAIL)):
            continue  # the line of averages
        time = iso_time(at)
        if at not in ("", "-") and not time:
            pile.tell(f"{pile.where}: {place}: {shown(at, 40)!r} is no certain time; download the "
                      "report in English")
        script = pile.script(place, "", of(row, ID), of(row, EMAIL), time)
        if script is None:
            continue
        if state.lower() not in _FINISHED:
            pile.tell(f"{pile.where}: {place}: the attempt is {shown(state, 40)!r}, not finished; its "
                      "answers are taken as they stand")
        for question, answer in given:
            pile.put(script, f"q{question}.*", answer, place)

"""Jobs for worker processes: some good, some that never end or break their process."""

import os
import signal
import sys
import time

from softmark.problem_bank.papers import working_on

PREPARED = []


def prepared():
    PREPARED.append(1)


def work(job):
    with working_on(3, "topic/family"):
        return _KINDS[job](job)



_KINDS = {
    "good": lambda job: (job, os.getpid(), len(PREPARED)), "raises": lambda job: 1 / 0,
    "hangs": lambda job: time.sleep(600), "is killed": lambda job: os.kill(os.getpid(), signal.SIGKILL),
    "crashes": lambda job: os.kill(os.getpid(), signal.SIGSEGV), "leaves": lambda job: os._exit(7),
    "takes all memory": lambda job: len(bytearray(64 << 30)), "cannot be sent": lambda job: lambda: None,
    "speaks": lambda job: sys.stderr.write("a sentence\n")}

#: a family that fails for some numbers
FAMILY = '''
import os, signal, time
from pathlib import Path
from typing import ClassVar, Self

from softmark.worksheet import Integer, Rng, Step, Steps, Template, given


class Unlucky(Template):
    title: ClassVar[str] = "Luck"
    statement: ClassVar[str] = "Double $x = {{ x }}$."

    x: Integer = given("x")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        return cls(x=rng.integer(1, 10**5))

    def _mishap(self, place):
        for line in (Path(__file__).parent / "mishaps.txt").read_text().splitlines():
            number, where, what = line.split()
            if (number, where) == (str(int(self.x)), place):
                {"hang": lambda: time.sleep(600), "raise": lambda: 1 / 0,
                 "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV)}[what]()

    def figure(self):
        self._mishap("figure")

    def solve(self) -> Steps:
        self._mishap("solve")
        yield Step("y", "y", 2 * self.x, "Twice x")
'''

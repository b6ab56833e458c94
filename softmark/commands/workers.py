"""Worker processes: one that hangs, dies or takes all memory costs the job it had, and no other.

A job goes to a worker together with a function of a module; what the function returns comes back.
Workers are started afresh (spawn), leave Ctrl-C to the parent, and end when the parent does.
"""

from __future__ import annotations

import importlib.util
import io
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pickle import PicklingError
from typing import Any, Self

from softmark.problem_bank.papers import watchers
from softmark.worksheet.errors import UserError

#: seconds a job may take
SECONDS = 60.0
#: and a worker until it has started and is prepared
STARTING = 120.0
#: bytes of address space a worker may use
MEMORY = 4 << 30
#: jobs after which a worker makes room for a fresh one
MOST_JOBS = 200
#: how long workers may go on with what they are at when the run is broken off
PATIENCE = 3.0
#: jobs for which it is not worth to start another worker
FEW = 8

Work = Callable[[Any], Any]
Prepare = Callable[[], object]


def nothing() -> None:
    """The preparation of work that needs none."""


@dataclass(frozen=True, slots=True)
class Done:
    """A job with what came of it, or with the sentence that says why nothing did."""

    job: Any
    result: Any = None
    error: str = ""


def pool_for(jobs: int | None, count: int, seconds: float = SECONDS) -> Pool | Here:
    """Where to do `count` jobs: in this process if `jobs` is 1, else in so many workers.

    Without `jobs` there is a worker for every processor, fewer for a handful of jobs.
    """
    if jobs == 1:
        return Here()
    return Pool(jobs or min(_processors(), max(1, count // FEW)), seconds)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Here:
    """Does its jobs one after the other in this process; nothing bounds their time and memory."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, work: Work, jobs: Iterable[Any], prepare: Prepare = nothing) -> Iterator[Done]:
        """Every job with what came of it."""
        for job in jobs:
            yield _done(work, job)


def _done(work: Work, job: Any) -> Done:
    try:
        return Done(job, work(job))
    except Exception as error:
        return Done(job, error=told(error))


def told(error: Exception) -> str:
    """An error as the rest of a sentence."""
    text = " ".join(str(error).split())
    return text if isinstance(error, UserError) else f"{type(error).__name__}: {text}"


class Pool:
    """At most `count` worker processes, each with one job at a time."""

    def __init__(self, count: int, seconds: float = SECONDS, most_jobs: int = MOST_JOBS) -> None:
        self.count, self.seconds, self.most_jobs = count, seconds, most_jobs
        self._workers: list[_Worker] = []
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.pipe.close()
        deadline = time.monotonic() + PATIENCE
        try:
            for worker in self._workers:
                worker.process.join(max(0.0, deadline - time.monotonic()))
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def run(self, work: Work, jobs: Iterable[Any], prepare: Prepare = nothing) -> Iterator[Done]:
        """Every job with what came of it, in the order in which they are done.

        Workers call `prepare` before each job; what it loads does not count as the job's time.
        """
        todo = iter(jobs)
        busy: list[_Worker] = []
        while True:
            while len(busy) < self.count:
                try:
                    job = next(todo)
                except StopIteration:
                    break
                worker = self._idle(busy)
                worker.give(prepare, work, job)
                busy.append(worker)
            if not busy:
                return
            for worker, done in self._heard(busy):
                busy.remove(worker)
                if (done.error and not worker.alive()) or worker.jobs >= self.most_jobs:
                    self._workers.remove(worker)
                    worker.end()
                yield done

    def _idle(self, busy: list[_Worker]) -> _Worker:
        for worker in self._workers:
            if worker not in busy:
                return worker
        self._workers.append(_Worker())
        return self._workers[-1]

    def _heard(self, busy: list[_Worker]) -> Iterator[tuple[_Worker, Done]]:
        """Waits until workers say something or one is late; those that are done."""
        first = min(worker.deadline for worker in busy)
        ready = wait([worker.pipe for worker in busy], max(0.0, first - time.monotonic()))
        for worker in list(busy):
            done = None
            if worker.pipe in ready:
                done = worker.hear(self.seconds, self._say)
            elif time.monotonic() > worker.deadline:
                done = worker.too_late(self.seconds)
            if done is not None:
                yield worker, done

    def _say(self, line: str) -> None:
        """What workers say on stderr, each sentence once."""
        if line not in self._said:
            self._said.add(line)
            print(line, file=sys.stderr)  # noqa: T201


class _Worker:
    """A process, the pipe to it, and the job that it has."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        with _interrupts_ignored():
            self.process.start()
        theirs.close()
        self.job: Any = None
        self.where = ""
        self.deadline = 0.0
        self.jobs = 0

    def give(self, prepare: Prepare, work: Work, job: Any) -> None:
        """Sends the job."""
        self.job, self.where = job, ""
        self.deadline = time.monotonic() + STARTING
        self.jobs += 1
        # one that died in the meantime is found out when it is listened to
        with suppress(OSError):
            self.pipe.send((prepare, work, job))

    def hear(self, seconds: float, say: Callable[[str], None]) -> Done | None:
        """What the worker says; None if it is not done with its job."""
        try:
            kind, said = self.pipe.recv()
        except (EOFError, OSError):
            return Done(self.job, error=self._told(_cause(self.process)))
        if kind == "prepared":
            self.deadline = time.monotonic() + seconds
        elif kind == "at":
            self.where = said
        elif kind == "said":
            say(said)
        else:
            return Done(self.job, *said)
        return None

    def too_late(self, seconds: float) -> Done:
        """Ends a worker that is at its job for too long."""
        self.process.kill()
        self.process.join()
        return Done(self.job, error=self._told(f"not done within {seconds:g} seconds"))

    def _told(self, cause: str) -> str:
        return f"{self.where}: {cause}" if self.where else cause

    def alive(self) -> bool:
        """Can it be given another job?"""
        return self.process.is_alive()

    def end(self) -> None:
        """Ends the process, whatever it is doing."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        self.process.close()


def _cause(process: Any) -> str:
    process.join(5)
    code = process.exitcode
    if code == -getattr(signal, "SIGKILL", 9):
        return "its process was killed (it may have needed too much memory)"
    names = {-one.value: one.name for one in signal.Signals}
    return f"its process broke ({names.get(code, f'exit code {code}')})"


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes started inside are deaf to Ctrl-C from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def serve(pipe: Connection) -> None:
    """What a worker does: job after job, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory()
    # papers have nothing to compute that is worth a thread more
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.stdout = sys.stderr = _Speaker(pipe)
    watchers.append(lambda where: pipe.send(("at", where)))
    with suppress(EOFError, OSError):
        while True:
            prepare, work, job = pipe.recv()
            try:
                prepare()
            except Exception as error:
                done = Done(job, error=told(error))
            else:
                pipe.send(("prepared", ""))
                done = _done(work, job)
            try:
                pipe.send(("done", (done.result, done.error)))
            except (AttributeError, TypeError, PicklingError) as error:
                pipe.send(("done", (None, told(error))))


def _bound_memory() -> None:
    if importlib.util.find_spec("resource") is None:
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))


class _Speaker(io.TextIOBase):
    """What is said in a worker, line by line, for the parent to say."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._line = ""

    def write(self, text: str) -> int:
        """Sends the lines that are complete."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._pipe.send(("said", line))
        return len(text)

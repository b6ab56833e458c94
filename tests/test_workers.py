"""Worker processes: a job that hangs, raises or breaks its process costs one sentence."""

import os
import threading

import pytest

from softmark.commands.workers import Here, Pool, pool_for, told
from softmark.worksheet.errors import UserError
from tests.faulty_work import prepared, work

FAULTS = {
    "raises": "question 3 (topic/family): ZeroDivisionError: division by zero",
    "hangs": "question 3 (topic/family): not done within 2 seconds",
    "is killed": "question 3 (topic/family): its process was killed (it may have needed too much memory)",
    "crashes": "question 3 (topic/family): its process broke (SIGSEGV)",
    "leaves": "question 3 (topic/family): its process broke (exit code 7)",
    "takes all memory": "question 3 (topic/family): MemoryError:",
    "cannot be sent": "AttributeError: Can't pickle local object"}


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_fault_costs_its_own_job_only(capsys):
    jobs = [job for fault in FAULTS for job in (fault, "good")] + ["speaks", "speaks"]
    with Pool(2, seconds=2) as pool:
        done = list(pool.run(work, jobs, prepared))
    assert sorted(one.job for one in done) == sorted(jobs)
    found = {one.job: one.error for one in done if one.error}
    assert {job: error[:len(FAULTS[job])] for job, error in found.items()} == FAULTS
    assert all(one.result[0] == "good" for one in done if one.job == "good")
    assert os.getpid() not in {one.result[1] for one in done if one.job == "good"}
    assert capsys.readouterr().err == "a sentence\n"


def test_workers_are_prepared_renewed_and_ended():
    with Pool(1, most_jobs=2) as pool:
        done = [one.result for one in pool.run(work, ["good"] * 5, prepared)]
        last = pool._workers[0].process
    assert [count for _, _, count in done] == [1, 2, 1, 2, 1]
    assert len({process for _, process, _ in done}) == 3
    with pytest.raises(ValueError, match="closed"):
        last.is_alive()


def test_a_run_that_is_broken_off_ends_its_workers():
    with pytest.raises(KeyboardInterrupt), Pool(2) as pool:
        for _ in pool.run(work, ["good", "hangs", "good"]):
            workers = [worker.process.pid for worker in pool._workers]
            raise KeyboardInterrupt
    for process in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_in_this_process():
    done = list(Here().run(work, ["good", "raises", "good"], prepared))
    assert [one.error for one in done] == ["", FAULTS["raises"], ""]
    assert done[0].result[1] == os.getpid()


def test_how_many(monkeypatch):
    monkeypatch.setattr("softmark.commands.workers._processors", lambda: 4)
    assert isinstance(pool_for(1, 300), Here)
    assert [pool_for(None, count).count for count in (1, 16, 300)] == [1, 2, 4]
    assert pool_for(7, 1).count == 7


def test_a_thread_may_start_workers():
    found = []

    def inside():
        with Pool(1) as pool:
            found.extend(pool.run(work, ["good"]))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found[0].result[0] == "good"


def test_what_an_error_says():
    assert told(UserError("a\n b")) == "a b"
    assert told(KeyError("x")) == "KeyError: 'x'"

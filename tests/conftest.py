"""What all tests share: the witnesses, and the rule that none is left out where it is required."""

from __future__ import annotations

import os
from collections.abc import Generator
from types import ModuleType

import pytest

REQUIRED = os.environ.get("SOFTMARK_REQUIRE_ORACLES") == "1"


def _insist(report: pytest.TestReport | pytest.CollectReport) -> None:
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: {why}; with SOFTMARK_REQUIRE_ORACLES=1 no check is " \
                          "left out"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _insist(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _insist(report)
    return report


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """PyTorch on one thread, or a skip where it is not installed."""
    module: ModuleType = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.set_num_threads(1)
    return module

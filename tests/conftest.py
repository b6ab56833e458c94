"""What all tests share: oracles that must not be skipped where they are required."""

from __future__ import annotations

import os

import pytest

REQUIRED = os.environ.get("SOFTMARK_REQUIRE_ORACLES") == "1"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but every check is required here"


@pytest.fixture(scope="session")
def torch():
    """PyTorch, or a skip where it is not installed."""
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.set_num_threads(1)
    return module

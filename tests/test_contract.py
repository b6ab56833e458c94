"""Every template that discovery finds is held to every check of the contract."""

import pytest

from softmark.contract import CHECKS
from softmark.problem_bank import catalogue

DRAWS = 8
#: checks that a family cannot pass, each with the reason
EXPECTED_FAILURES: dict[tuple[str, str], str] = {}


@pytest.mark.parametrize("slug", catalogue.slugs())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_contract(slug, check):
    if (slug, check.__name__) in EXPECTED_FAILURES:
        pytest.xfail(EXPECTED_FAILURES[slug, check.__name__])
    found = list(check(catalogue.find(slug), DRAWS))
    assert not found, "\n".join(found[:10])


@pytest.mark.parametrize("slug", catalogue.slugs())
def test_a_hundred_draws_a_level_are_kept_and_differ(slug):
    from softmark.worksheet.certificate import certified_draw
    from softmark.worksheet.draws import Rng

    cls = catalogue.find(slug)
    for level in cls.levels:
        prints = {certified_draw(cls, Rng.of("hundred", slug, level, seed), level).fingerprint()
                  for seed in range(100)}
        assert len(prints) >= cls.least_distinct, f"{level}: {len(prints)} of 100 are distinct"


def test_the_contract_can_fail():
    """A family that breaks its promises is found out."""
    from tests.broken_family import BrokenFamily

    broken = {check.__name__ for check in CHECKS for _ in check(BrokenFamily, 3)}
    assert {"written_out", "statement_is_whole"} <= broken


def test_math_that_an_expression_puts_in_is_found_out():
    from softmark.contract import statement_is_whole
    from tests.broken_family import BrokenFamily

    class Shown(BrokenFamily):
        statement = "Give the map {{ '$y$' }} that the layer makes of its input, with all digits it has."

    assert any("shows a $" in fault for fault in statement_is_whole(Shown, 1))

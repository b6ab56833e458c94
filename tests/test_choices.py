"""What there is to choose from says nothing of what is right: neither by its order nor by the level."""

import inspect
from collections import Counter

import pytest

from softmark.problem_bank import catalogue
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng

DRAWS = 40
FAMILIES = [slug for slug in catalogue.slugs() if "options=" in inspect.getsource(catalogue.find(slug))]
#: chosen among so few words that one of them must be frequent
MOST = 0.85


def right_ones(cls, level):
    """Of every choice asked: its options and the right one, draw by draw."""
    found = {}
    for number in range(DRAWS):
        problem = certified_draw(cls, Rng.of("choice", cls.slug(), level, number), level)
        for ask in asks_of(problem):
            if ask.options:
                name = ask.name.partition("[")[0] + ask.name.rpartition("]")[2]
                found.setdefault(name, []).append((ask.options, str(ask.value)))
    return found


@pytest.mark.parametrize("slug", FAMILIES)
def test_neither_place_nor_word_gives_the_right_one_away(slug):
    cls = catalogue.find(slug)
    for level in cls.levels:
        for name, drawn in right_ones(cls, level).items():
            places = Counter(options.index(word) for options, word in drawn)
            words = Counter(word for _, word in drawn)
            where = f"{level}, {name}: {places}, {words}"
            assert places.most_common(1)[0][1] <= MOST * len(drawn), where
            assert words.most_common(1)[0][1] <= MOST * len(drawn), where
            if len({options for options, _ in drawn}) > DRAWS / 2:
                assert len(places) == max(len(options) for options, _ in drawn), where


def test_families_with_choices_are_found():
    assert len(FAMILIES) >= 15 and "perceptron/boolean_network" in FAMILIES

"""Parameter, shape and memory families on the decks' networks, and on givens that are none."""

import pytest

from softmark.solvers.architecture import ALEXNET, ALEXNET_GROUPED, LENET5, vgg
from softmark.templates.architectures.cnn_shape_chain import CnnShapeChain
from softmark.templates.architectures.memory_vgg import MemoryVgg
from softmark.templates.architectures.params_conv import ParamsConv
from softmark.templates.architectures.params_vgg import ParamsVgg
from softmark.worksheet.asks import asks_of
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve
from softmark.worksheet.statement import statement
from softmark.worksheet.typeset import typeset

VGG16 = [text.removesuffix(" p1") for text in vgg(16)]
#: deck 002, line 2088, as printed
DECK_ZFNET = ["CONV7-69 s4", "POOL3 s2", "CONV5-256", "POOL3 s2", "CONV3-512", "CONV3-1024",
              "CONV3-512", "POOL3 s2", "FC-4096", "FC-1000"]
#: deck 004, line 400: weights of the rows that have any
VGG16_WEIGHTS = [1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648, 2_359_296,
                 2_359_296, 2_359_296, 2_359_296, 2_359_296, 102_760_448, 16_777_216, 4_096_000]
SMALL = {"size": 16, "depth": 3, "layers": ["CONV3-8", "POOL2", "FC-10"]}


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


def chain(layers, size=227, depth=3, **more):
    return CnnShapeChain.from_json({"size": size, "depth": depth, "layers": list(layers), **more})


def shapes(problem):
    return [done.value for name, done in solve(problem).items() if name.endswith("shape")]


def test_first_layer_of_alexnet():
    """Deck 000, line 116: 364 a filter, 34,944 in all, printed as 35 K."""
    problem = ParamsConv.from_json({"depth": 3, "kernel": 11, "filters": 96})
    assert values(problem) == {"filter": 364, "layer": 34_944}
    assert wrong_value(problem, "left the bias out", "filter") == 363
    assert wrong_value(problem, "forgot the depth of the input", "layer") == 122 * 96
    assert wrong_value(problem, "counted one bias for the whole layer", "layer") == 363 * 96 + 1


def test_general_count_of_the_deck_has_no_biases():
    """Deck 000, line 108: F · F · D · K."""
    problem = ParamsConv.from_json({"depth": 3, "kernel": 11, "filters": 96, "bias": False, "second": 4})
    assert values(problem) == {"filter": 363, "layer": 34_848, "second": 46_464, "both": 81_312}
    assert "counted a bias" in mistake_names(problem)


def test_published_alexnet_ends_at_six_by_six():
    problem = chain(ALEXNET)
    assert shapes(problem)[7] == (6, 6, 256)
    assert values(problem)["total"] == 62_378_344
    assert values(chain(ALEXNET_GROUPED))["total"] == 60_965_224


def test_zfnet_as_the_deck_prints_it():
    assert shapes(chain(DECK_ZFNET))[:8] == [
        (56, 56, 69), (27, 27, 69), (23, 23, 256), (11, 11, 256), (9, 9, 512), (7, 7, 1024),
        (5, 5, 512), (2, 2, 512)]


def test_lenet():
    problem = chain(LENET5, 32, 1)
    assert shapes(problem)[3] == (5, 5, 16)
    assert values(problem)["total"] == 61_706


@pytest.mark.parametrize(("mistake", "layers", "step", "value"), [
    ("rounded the size up", ["POOL3 s2"], "rows[1].shape", (8, 8, 4)),
    ("forgot the padding", ["CONV3-6 p1"], "rows[1].shape", (14, 14, 6)),
    ("gave the pooling layer weights", ["POOL3 s2"], "rows[1].params", 36),
    ("ignored the groups", ["CONV3-6 g2"], "rows[1].params", 222),
    ("forgot the depth of the input", ["CONV3-6"], "rows[1].params", 60),
    ("left the biases out", ["CONV3-6"], "rows[1].params", 216),
    ("connected one value per channel instead of the whole map", ["FC-5"], "rows[1].params", 25)])
def test_mistakes_about_stacks(mistake, layers, step, value):
    assert wrong_value(chain(layers, 16, 4), mistake, step) == value


def test_statement_describes_every_option():
    problem = chain(["CONV3-6 s2 p1 g2", "POOL3 s2 p1", "FC-5"], 16, 4, bias=False)
    text = statement(problem, asks_of(problem))
    for said in ("6 filters 3×3, stride 2, padding 1, 2 groups", "3×3, stride 2, padding 1 |",
                 "each filter sees one", "5 units", "**not** counted"):
        assert said in text


def test_padding_of_a_vgg_stack_need_not_be_written():
    plain, written = (values(ParamsVgg.from_json({"size": 224, "depth": 3, "layers": layers}))
                      for layers in (VGG16, list(vgg(16))))
    assert plain == written


def test_parameters_are_written_out_with_the_size_found_before():
    lines = {line.name: line for line in typeset(ParamsVgg.from_json(SMALL))}
    assert lines["rows[3].params"].worked[0].numbers == r"(8^{2} \cdot 8 + 1) \cdot 10"
    assert not lines["rows[2].side"].ask


def test_memory_of_vgg16():
    """Deck 004, line 375; its total of 24 M values and 93 MB is not the sum of its rows."""
    problem = MemoryVgg.from_json({"size": 224, "depth": 3, "layers": VGG16})
    found = values(problem)
    assert [v for name, v in found.items() if name.endswith("weights") and "[" in name and v] == VGG16_WEIGHTS
    assert found["input"] == 150_528
    assert found["rows[18].shape"] == (7, 7, 512)
    assert (found["total"], found["weights"]) == (15_237_608, 138_344_128)
    assert found["memory"] == pytest.approx(60.950432)
    assert wrong_value(problem, "took the other megabyte", "memory") == pytest.approx(58.127, abs=5e-4)
    assert wrong_value(problem, "counted the backward pass too", "memory") == pytest.approx(121.900864)


def test_weights_are_written_factor_by_factor():
    lines = {line.name: line for line in typeset(MemoryVgg.from_json(SMALL))}
    assert lines["rows[1].weights"].worked[0].numbers == r"3 \cdot 3 \cdot 3 \cdot 8"
    assert lines["rows[3].weights"].worked[0].numbers == r"8 \cdot 8 \cdot 8 \cdot 10"


@pytest.mark.parametrize(("cls", "changes", "rule"), [
    (CnnShapeChain, {"layers": ["CONV3-8", "DENSE-3"]}, "no layer"),
    (CnnShapeChain, {"layers": ["CONV3-0"]}, "at least 1"),
    (CnnShapeChain, {"layers": ["FC-8 s2"]}, "does not have"),
    (CnnShapeChain, {"layers": ["POOL2 s2 s3"]}, "twice"),
    (CnnShapeChain, {"layers": ["CONV3-8 g2"]}, "groups"),
    (CnnShapeChain, {"layers": ["POOL2"] * 5}, "POOL2 after 1×1×3"),
    (CnnShapeChain, {"layers": []}, "layers"),
    (ParamsVgg, {"layers": ["CONV5-8", "FC-3"]}, "CONV3-K"),
    (ParamsVgg, {"layers": ["CONV3-8"]}, "fully connected"),
    (ParamsVgg, {"layers": ["FC-3", "CONV3-8"]}, "cannot follow"),
    (ParamsVgg, {"layers": ["CONV3-8", *["POOL2"] * 5, "FC-3"]}, "halved"),
    (MemoryVgg, {"layers": ["CONV3-8 s2"]}, "CONV3-K"),
    (MemoryVgg, {"layers": ["POOL2"] * 5}, "halved"),
    (MemoryVgg, {"megabyte": "1000"}, "megabyte"),
    (MemoryVgg, {"size": 0}, "size")])
def test_givens_that_cannot_be_worked_are_refused(cls, changes, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json({**SMALL, **changes})

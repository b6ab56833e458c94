"""Counting families: on the decks' examples, against PyTorch and by enumeration, and on bad givens."""

import re
from itertools import pairwise, product

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from softmark.commands.table import read_table
from softmark.solvers import counting
from softmark.solvers.architecture import vgg
from softmark.templates.architectures.autoencoder_params import AutoencoderParams
from softmark.templates.architectures.conv_1x1 import Conv1x1
from softmark.templates.architectures.detector_arithmetic import DetectorArithmetic
from softmark.templates.architectures.inception_module import InceptionModule
from softmark.templates.architectures.params_fc import ParamsFc
from softmark.templates.architectures.params_locally_connected import ParamsLocallyConnected
from softmark.templates.architectures.params_rnn import ParamsRnn
from softmark.templates.architectures.receptive_field import ReceptiveField
from softmark.worksheet.asks import asks_of
from softmark.worksheet.runs import mistake_names, mistaken, solve
from softmark.worksheet.statement import statement

#: Szegedy et al. 2015, table 1: channels in, the six numbers
GOOGLENET = {
    "3a": (192, (64, 96, 128, 16, 32, 32)), "3b": (256, (128, 128, 192, 32, 96, 64)),
    "4a": (480, (192, 96, 208, 16, 48, 64)), "4b": (512, (160, 112, 224, 24, 64, 64)),
    "4c": (512, (128, 128, 256, 24, 64, 64)), "4d": (512, (112, 144, 288, 32, 64, 64)),
    "4e": (528, (256, 160, 320, 32, 128, 128)), "5a": (832, (256, 160, 320, 32, 128, 128)),
    "5b": (832, (384, 192, 384, 48, 128, 128))}
YOLO = {"names": ["R-CNN", "DPM v5", "Fast R-CNN", "Faster R-CNN", "YOLO"], "fps": [0.05, 0.07, 0.5, 7, 45],
        "decimals": 2}


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


def text_of(problem):
    return statement(problem, asks_of(problem))


# -- fully connected, locally connected


def test_fully_connected_layer_on_an_image():
    """Deck 000, line 70: 200 × 200 × 3 inputs, 120,000 units: 14.4 billion, biases not counted."""
    problem = ParamsFc.from_json({"input": [200, 200, 3], "units": [120_000], "bias": False})
    assert values(problem) == {"inputs": 120_000, "weights[1]": 14_400_000_000, "total": 14_400_000_000}
    assert wrong_value(problem, "took one input a pixel", "inputs") == 40_000
    assert wrong_value(problem, "counted biases", "total") == 14_400_120_000


def test_locally_connected_layer_on_an_image():
    """Deck 000, lines 82 and 97: 120 K × 27, printed as 3.2 million; 27 for each shared map."""
    problem = ParamsLocallyConnected.from_json({"size": 200, "depth": 3, "maps": 3, "kernel": 3, "padding": 1,
                                                "bias": False})
    found = values(problem)
    assert (found["units"], found["unit"], found["local"]) == (120_000, 27, 3_240_000)
    assert found["shared"] == 27 * 3
    assert found["full"] == 14_400_000_000
    assert wrong_value(problem, "shared the weights among all places", "local") == 81
    assert wrong_value(problem, "forgot the depth of the input", "unit") == 9


def test_budget_is_used_up():
    problem = ParamsFc.from_json({"input": [16, 16], "units": [30, 20, 5], "budget": 10_000})
    most = values(problem)["most"]
    cost = [counting.dense_params(256, h) + counting.dense_params(h, 5) for h in (most, most + 1)]
    assert cost[0] <= 10_000 < cost[1]
    assert wrong_value(problem, "multiplied all sizes with each other", "total") == 256 * 30 * 20 * 5
    bare = ParamsFc.from_json({"input": [256], "units": [30, 5], "budget": 10_000, "bias": False})
    assert values(bare)["most"] == 10_000 // 261


@settings(max_examples=30, deadline=None)
@drawn(st.integers(1, 7), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_locally_connected_by_enumeration(size, depth, maps, kernel, stride, bias):
    if kernel > size:
        return
    problem = ParamsLocallyConnected.from_json({"size": size, "depth": depth, "maps": maps, "kernel": kernel,
                                                "stride": stride, "bias": bias})
    corners = range(0, size - kernel + 1, stride)
    weights = {(top, left, k, i, j, d) for top, left in product(corners, corners) for k in range(maps)
               for i, j in product(range(kernel), range(kernel)) for d in range(depth)}
    units = len(corners) ** 2 * maps
    found = values(problem)
    assert found["local"] == len(weights) + (units if bias else 0)
    assert found["full"] == size * size * depth * units + (units if bias else 0)


# -- inception modules, 1×1 convolutions


def test_two_modules_feed_each_other():
    problem = InceptionModule.from_json({"size": 28, "depth": 192, "modules": [GOOGLENET["3a"][1], GOOGLENET["3b"][1]]})
    found = values(problem)
    assert (found["depth[1]"], found["depth[2]"]) == (256, 480)
    assert (found["total[1]"], found["total[2]"]) == (163_696, 388_736)
    assert wrong_value(problem, "added the reductions too", "depth[1]") == 368
    assert wrong_value(problem, "left the pool projection out", "depth[1]") == 224
    # the next module is carried on from what came out
    assert wrong_value(problem, "left the pool projection out", "rows[2a].count") == (224 + 1) * 128
    assert wrong_value(problem, "let the large kernel see the whole input", "rows[1e].count") == (25 * 192 + 1) * 32


def test_multiplications_of_a_module():
    """Szegedy et al. 2015, table 1: 128 million for 3a."""
    problem = InceptionModule.from_json({"size": 28, "depth": 192, "modules": [GOOGLENET["3a"][1]],
                                         "asked": "multiplications"})
    found = values(problem)
    assert found["total[1]"] == 128_049_152
    assert found["direct"] == 28 * 28 * 32 * 25 * 192
    assert found["ratio"] == pytest.approx(found["direct"] / (found["rows[1d].count"] + found["rows[1e].count"]))
    assert wrong_value(problem, "counted one place of the map only", "rows[1a].count") == 64 * 192
    assert wrong_value(problem, "fed the pool projection from the 5×5 branch", "rows[1f].count") == 784 * 32 * 32


@pytest.mark.oracle
@pytest.mark.parametrize("name", GOOGLENET)
@pytest.mark.parametrize("bias", [True, False])
def test_inception_against_pytorch(torch, name, bias):
    depth, widths = GOOGLENET[name]
    seen = counting.inception_inputs(depth, widths)
    with torch.device("meta"):
        sizes = [sum(p.numel() for p in torch.nn.Conv2d(d, n, k, bias=bias).parameters())
                 for d, n, k in zip(seen, widths, counting.INCEPTION_KERNELS, strict=True)]
    assert list(counting.inception_params(depth, widths, bias)) == sizes


def test_googlenet_and_alexnet():
    """Deck 002, lines 2173–2176: 1024 values after pooling, 12 times fewer connections, twice the work."""
    from tests.test_table import NETWORKS

    googlenet, alexnet = (read_table(NETWORKS / f"{name}.toml") for name in ("googlenet", "alexnet"))
    pooled = next(row for row in googlenet.rows if row.layer == "GAP")
    assert pooled.values == 1024
    assert googlenet.rows[googlenet.rows.index(pooled) - 1].values == 49 * 1024
    assert alexnet.params / googlenet.params == pytest.approx(8.71, abs=0.005)
    assert googlenet.macs / alexnet.macs == pytest.approx(2.18, abs=0.005)


def test_a_1x1_convolution_keeps_height_and_width():
    """Deck 002, line 2129, prints F × F × D1 for W × H × D1."""
    problem = Conv1x1.from_json({"size": 28, "depth": 192, "kernel": 5, "reduced": 16, "filters": 32})
    found = values(problem)
    assert found["shape"] == (28, 28, 16)
    assert wrong_value(problem, "took the side of the kernel for the side of the map", "shape") == (5, 5, 16)
    assert found["direct"] == 120_422_400
    assert found["bottleneck"] == 2_408_448 + 10_035_200
    assert found["ratio"] == pytest.approx(9.677, abs=5e-4)
    assert wrong_value(problem, "multiplied the layers' costs instead of adding", "bottleneck") == 2_408_448 * 10_035_200


def test_bottleneck_of_resnet():
    problem = Conv1x1.from_json({"size": 56, "depth": 256, "kernel": 3, "reduced": 64, "filters": 256, "expand": True})
    found = values(problem)
    assert found["first"] == found["third"] == 56 * 56 * 64 * 256
    assert found["bottleneck"] == sum(row.macs for row in read_table_of_resnet() if row.where == "stage 1 · 1")
    assert "then" in text_of(problem) and text_of(problem).count("1\\times1") >= 3


def read_table_of_resnet():
    from tests.test_table import NETWORKS

    return read_table(NETWORKS / "resnet50.toml").rows


# -- receptive fields


def fields(problem):
    found = values(problem)
    return [(found[f"rows[{i}].field"], found[f"rows[{i}].jump"]) for i in range(1, len(found) // 2 + 1)]


def test_receptive_field_of_vgg16():
    """Araujo, Norris and Sim 2019: 212 pixels after the last pooling."""
    layers = [text for text in vgg(16) if not text.startswith("FC")]
    kernels = [int(re.search(r"\d+", text)[0]) for text in layers]
    strides = [2 if text.startswith("POOL") else 1 for text in layers]
    assert counting.receptive_fields(kernels, strides)[-1] == (212, 32)


def test_three_small_kernels_see_as_much_as_a_large_one():
    problem = ReceptiveField.from_json({"kinds": ["conv"] * 3, "kernels": [3] * 3, "strides": [1] * 3})
    assert fields(problem) == [(3, 1), (5, 1), (7, 1)]
    assert "dilation" not in text_of(problem)


def seen(kernels, strides, dilations):
    """The input pixels behind one value, by walking back."""
    places = {0}
    for kernel, stride, dilation in reversed(list(zip(kernels, strides, dilations, strict=True))):
        places = {place * stride + tap * dilation for place in places for tap in range(kernel)}
    return max(places) - min(places) + 1


@settings(max_examples=60, deadline=None)
@drawn(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=5))
def test_receptive_field_by_walking_back(layers):
    kernels, strides, dilations = zip(*layers, strict=True)
    problem = ReceptiveField.from_json({"kinds": ["conv"] * len(layers), "kernels": kernels, "strides": strides,
                                        "dilations": dilations})
    found = [seen(kernels[:i], strides[:i], dilations[:i]) for i in range(1, len(layers) + 1)]
    assert [field for field, _ in fields(problem)] == found
    assert found == [field for field, _ in counting.receptive_fields(kernels, strides, dilations)]


@pytest.mark.parametrize(("mistake", "step", "value"), [
    ("added the whole kernel instead of one less", "rows[1].field", 4),
    ("let the layer's own stride widen its field", "rows[1].field", 5),
    ("ignored the strides before", "rows[2].field", 3 + 4),
    ("ignored the dilation", "rows[2].field", 3 + 2 * 2),
    ("added the strides instead of multiplying", "rows[2].jump", 5)])
def test_mistakes_about_receptive_fields(mistake, step, value):
    problem = ReceptiveField.from_json({"kinds": ["conv", "conv"], "kernels": [3, 3], "strides": [2, 3],
                                        "dilations": [1, 2]})
    assert wrong_value(problem, mistake, step) == value


# -- recurrent networks


@pytest.mark.oracle
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("biases", [0, 2])
def test_recurrent_networks_against_pytorch(torch, cell, both, biases):
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    net = kind(7, 5, num_layers=3, bias=biases > 0, bidirectional=both)
    out = torch.nn.Linear(10 if both else 5, 4, bias=biases > 0)
    problem = ParamsRnn.from_json({"cell": cell, "inputs": 7, "hidden": [5, 5, 5], "outputs": 4, "biases": biases,
                                   "both": both})
    assert values(problem)["total"] == sum(p.numel() for m in (net, out) for p in m.parameters())


def test_one_bias_vector_a_gate_as_in_the_papers():
    """Keras' documentation: LSTM(4) on 3 numbers has 128 parameters."""
    problem = ParamsRnn.from_json({"cell": "lstm", "inputs": 3, "hidden": [4]})
    assert values(problem)["total"] == 128
    assert wrong_value(problem, "forgot the candidate", "total") == 96
    assert wrong_value(problem, "left out the weights between states", "total") == 64
    assert wrong_value(problem, "counted two bias vectors", "total") == 144
    assert wrong_value(problem, "multiplied by the number of time steps", "total") == 128 * 20


def test_both_directions_are_joined():
    problem = ParamsRnn.from_json({"cell": "gru", "inputs": 6, "hidden": [4, 3], "outputs": 2, "both": True,
                                   "biases": 2})
    found = values(problem)
    assert found["layer[2]"] == 3 * 3 * (8 + 3 + 2)
    assert found["total"] == 2 * found["layer[1]"] + 2 * found["layer[2]"] + (6 + 1) * 2
    assert wrong_value(problem, "took the state of one direction only", "layer[2]") == 3 * 3 * (4 + 3 + 2)
    assert wrong_value(problem, "counted one direction", "total") == found["layer[1]"] + found["layer[2]"] + 14
    assert wrong_value(problem, "counted four sets as in an LSTM", "layer[1]") == 4 * 4 * (6 + 4 + 2)
    assert "two bias vectors" in text_of(problem) and "joined" in text_of(problem)


# -- autoencoders


def test_autoencoder_of_the_deck():
    """Deck 002, line 3525: 784 → 1000 → 500 → 250 → 30, the weights transposed."""
    problem = AutoencoderParams.from_json({"sizes": [784, 1000, 500, 250, 30], "tied": True})
    found = values(problem)
    assert found["weights"] == 1_416_500 == found["saved"]
    assert (found["encoder"], found["decoder"], found["total"]) == (1_418_280, 2_534, 1_420_814)
    assert found["ratio"] == pytest.approx(26.1333, abs=5e-5)
    assert wrong_value(problem, "counted the tied weights twice", "total") == 2 * 1_416_500 + 1_780 + 2_534
    assert wrong_value(problem, "took the encoder's biases for the decoder too", "decoder") == 1_780


def test_eight_three_eight():
    problem = AutoencoderParams.from_json({"sizes": [8, 3]})
    assert values(problem)["total"] == 8 * 3 + 3 + 3 * 8 + 8
    bare = AutoencoderParams.from_json({"sizes": [8, 3], "bias": False, "tied": True})
    assert (values(bare)["total"], values(bare)["decoder"]) == (24, 0)


@pytest.mark.oracle
@pytest.mark.parametrize("bias", [True, False])
def test_autoencoders_against_pytorch(torch, bias):
    sizes = [40, 17, 9, 4]
    mirrored = [*sizes, *sizes[-2::-1]]
    net = torch.nn.Sequential(*[torch.nn.Linear(n, m, bias) for n, m in pairwise(mirrored)])
    count = sum(p.numel() for p in net.parameters())
    assert values(AutoencoderParams.from_json({"sizes": sizes, "bias": bias}))["total"] == count
    assert sum(counting.autoencoder_params(sizes, bias)) == count
    tied = values(AutoencoderParams.from_json({"sizes": sizes, "bias": bias, "tied": True}))
    assert sum(counting.autoencoder_params(sizes, bias, tied=True)) == tied["total"]
    assert tied["total"] + tied["saved"] == count


# -- detectors


def test_speed_ups_of_the_decks_table():
    """Deck 002, line 2221, says 25 and 250 times as fast as R-CNN; its own table gives 10 and 140."""
    problem = DetectorArithmetic.from_json(YOLO)
    found = values(problem)
    assert (found["rows[3].speedup"], found["rows[4].speedup"]) == (pytest.approx(10), pytest.approx(140))
    assert wrong_value(problem, "turned the ratio round", "rows[3].speedup") == pytest.approx(0.1)
    assert wrong_value(problem, "gave milliseconds", "rows[3].time") == pytest.approx(2000)


def test_regions_anew_or_once():
    problem = DetectorArithmetic.from_json({**YOLO, "unit": "ms", "regions": 2000, "crop": 10, "shared": 100,
                                            "head": 0.5, "images": 90})
    found = values(problem)
    assert found["rows[5].time"] == pytest.approx(1000 / 45)
    assert found["rows[5].images"] == pytest.approx(2)
    assert (found["anew"], found["once"]) == (pytest.approx(20), pytest.approx(1.1))
    assert found["gain"] == pytest.approx(18.18, abs=5e-3)
    assert wrong_value(problem, "forgot to turn milliseconds into seconds", "anew") == pytest.approx(20_000)
    assert wrong_value(problem, "ran the network for each region too", "once") == pytest.approx(201)
    assert wrong_value(problem, "added the time of one region only", "once") == pytest.approx(0.1005)


# -- all of them

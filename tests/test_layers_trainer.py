"""The trainer's layers against central differences, and the solvers for one sample."""


import numpy as np
import pytest

from softmark.solvers.convolution import cross_correlate, image_gradient, kernel_gradient
from softmark.solvers.layers import (
    GRU,
    LSTM,
    RNN,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAverage,
    Pool,
    TiedDense,
)
from softmark.solvers.layers.recurrent import random_gates
from softmark.solvers.network import Network
from softmark.solvers.normalization import batchnorm
from softmark.solvers.pooling import KINDS, flatten, pool, pool_gradient
from softmark.solvers.recurrent import Gate, rnn_step
from softmark.solvers.regularization import SCALES, dropout_test, dropout_train, norm, penalty_factor
from softmark.solvers.sequences import explicit_slope, step_slope, total_slope
from softmark.solvers.training import Loss, Penalty

IMAGES, SEQUENCES = (4, 7, 6, 2), (4, 5, 3)
MASK = np.array([1, 0, 1, 1, 0, 1.0])


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def classes(rng, count, kinds=3):
    return np.eye(kinds)[rng.integers(0, kinds, count)]


def gates_with(rng, names, **more):
    """Gates whose parameters are all different from 0, with state biases or peepholes if wanted."""
    return {name: gate._replace(b=rng.normal(size=4), **{part: make() for part, make in more.items()
                                                         if (part, name) != ("peephole", "g")})
            for name, gate in random_gates(rng, names, 3, 4).items()}


IMAGE_STACKS = {
    "convolution": lambda g: [Convolution.random(g, 3, 2, 3, "tanh"), Flatten()],
    "no bias": lambda g: [Convolution(g.normal(size=(3, 2, 2, 2)), None), BatchNorm.fresh(3, "tanh"), Flatten(),
                          Dense(g.normal(size=(4, 90)) / 9, None), BatchNorm.fresh(4, "sigmoid")],
    "strides": lambda g: [Convolution.random(g, 3, 2, 3, "sigmoid", stride=2, padding=2), Flatten("pixel by pixel")],
    "dilation": lambda g: [Convolution.random(g, 2, 2, 3, "tanh", dilation=3, padding=1), Flatten()],
    "two convolutions": lambda g: [Convolution.random(g, 2, 2, 3, "leaky_relu"),
                                   Convolution(g.normal(size=(2, 3, 1, 3)), g.normal(size=2)), Flatten()],
    "batch norm of maps": lambda g: [Convolution.random(g, 3, 2, 3),
                                     BatchNorm(g.normal(size=3), g.normal(size=3), "tanh"), Flatten()],
    "global average": lambda g: [Convolution.random(g, 3, 2, 3, "tanh"), GlobalAverage()],
    **{f"{kind} pool": lambda g, kind=kind: [Convolution.random(g, 2, 2, 2, "tanh"), Pool(kind, 2), Flatten()]
       for kind in KINDS},
    **{f"{kind} pool, overlapping": lambda g, kind=kind: [Pool(kind, 3, 2, rounding="ceil"), Flatten(),
                                                          BatchNorm.fresh(18), Dropout(0.5)] for kind in KINDS},
}


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("name", IMAGE_STACKS)
def test_gradients_of_image_layers(rng, name, train):
    x, stack = rng.normal(size=IMAGES), IMAGE_STACKS[name](rng)
    a = x
    for layer in stack:
        a = layer.forward(a)
    net = Network.of([*stack, Dense.random(rng, a.shape[-1], 3, "softmax")], "cross_entropy")
    assert net.gradient_check(x, classes(rng, 4), 1e-5, train) < 1e-5


RECURRENT = {
    "rnn": lambda g, **k: RNN.random(g, 3, 4, **k),
    "sigmoid rnn": lambda g, **k: RNN(gates_with(g, "h", state_bias=lambda: g.normal(size=4))["h"],
                                      "sigmoid", **k),
    "lstm": lambda g, **k: LSTM.random(g, 3, 4, **k),
    "lstm from states": lambda g, **k: LSTM.random(g, 3, 4, start={"h": g.normal(size=4), "c": g.normal(size=4)}, **k),
    "gru from a state": lambda g, **k: GRU.random(g, 3, 4, start={"h": g.normal(size=4)}, **k),
    "lstm, sigmoids": lambda g, **k: LSTM(gates_with(g, "ifgo"), candidate="sigmoid", output="sigmoid", **k),
    "lstm, own peepholes": lambda g, **k: LSTM(gates_with(g, "ifgo", peephole=lambda: g.normal(size=4)), **k),
    "lstm, full peepholes": lambda g, **k: LSTM(gates_with(g, "ifgo", peephole=lambda: g.normal(size=(4, 4))),
                                                **k),
    **{f"gru, reset {reset}, z weighs the {update}":
       lambda g, reset=reset, update=update, **k: GRU(gates_with(g, "rzn", state_bias=lambda: g.normal(size=4)),
                                                      reset=reset, update=update, **k)
       for reset in ("before", "after") for update in ("new", "old")},
}


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("name", RECURRENT)
def test_gradients_through_time(rng, name, sequences):
    x = rng.normal(size=SEQUENCES)
    y = rng.normal(size=(4, 5, 2) if sequences else (4, 2))
    # the layer below makes sure that dE/dx is right as well
    below = RNN(Gate(rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)))
    net = Network.of([below, RECURRENT[name](rng, sequences=sequences), Dense.random(rng, 4, 2)])
    assert net.gradient_check(x, y, 1e-5) < 1e-5


def test_dense_layers_and_losses_take_every_step(rng):
    x, y = rng.normal(size=SEQUENCES), classes(rng, 20).reshape(4, 5, 3)
    layers = [Dense.random(rng, 3, 4, "tanh"), BatchNorm.fresh(4), Dense.random(rng, 4, 3, "softmax")]
    net = Network.of(layers, Loss("cross_entropy", steps="mean"))
    assert net.gradient_check(x, y, train=True) < 1e-5
    rows = Network.of(layers, "cross_entropy").mean_loss(x.reshape(20, 3), y.reshape(20, 3))
    assert net.mean_loss(x, y) == pytest.approx(rows)


def test_the_mean_over_time(rng):
    layer = GlobalAverage()
    net = Network.of([RNN.random(rng, 3, 4), layer, Dense.random(rng, 4, 2)])
    assert net.gradient_check(rng.normal(size=SEQUENCES), rng.normal(size=(4, 2)), 1e-5) < 1e-5
    assert layer.forward(np.arange(6.0).reshape(1, 3, 2)).tolist() == [[2, 3]]


def test_pooling_takes_whole_numbers():
    assert Pool("max", 2, rounding="ceil").forward(np.arange(9).reshape(1, 3, 3, 1)).ravel().tolist() == [4, 5, 7, 8]


def test_tied_weights(rng):
    x = rng.random((6, 5))
    encoder = Dense.random(rng, 5, 3, "tanh")
    net = Network.of([encoder, TiedDense(encoder, rng.normal(size=5), "sigmoid")], "bce")
    assert net.gradient_check(x, x) < 1e-5
    assert [list(named) for named in net.gradients(x, x).gradients] == [["W", "b"], ["b"]]
    before = net.mean_loss(x, x)
    assert net.fit(x, x, 50, 0.05, optimizer="adam").loss[-1] < before
    with pytest.raises(ValueError, match="tied"):
        TiedDense(encoder, np.zeros(4))


@pytest.mark.parametrize("settings", [{"l1": 0.3}, {"l2": 0.3}, {"l1": 0.1, "l2": 0.2, "biases": True},
                                      *({"l1": 0.1, "l2": 0.2, "scale": scale, "samples": 6} for scale in SCALES)])
def test_penalties(rng, settings):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    penalty = Penalty(**settings)
    net = Network.of([Dense(rng.normal(size=(4, 3)), rng.normal(size=4), "tanh"), BatchNorm.fresh(4),
                      Dense(rng.normal(size=(2, 4)), rng.normal(size=2))], penalty=penalty)
    assert net.gradient_check(x, y, train=True) < 1e-5
    values = net.parameters() if penalty.biases else net.weights
    plain = sum(penalty.l2 * norm(v, "l2") + penalty.l1 * norm(v, "l1") for v in values)
    step = net.gradients(x, y)
    assert step.penalty == pytest.approx(penalty_factor(plain, 6, penalty.scale))
    assert step.loss == pytest.approx(net.mean_loss(x, y, train=True))


# -- against the solvers for one sample


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_convolution_is_cross_correlation(rng, stride, padding):
    x = rng.normal(size=IMAGES)
    layer = Convolution(rng.normal(size=(3, 3, 2, 2)), rng.normal(size=3), stride=stride, padding=padding)
    z = layer.forward(x)
    for n, k in np.ndindex(4, 3):
        mine = cross_correlate(x[n], layer.parameters["W"][k], stride, padding) + layer.parameters["b"][k]
        assert z[n, :, :, k] == pytest.approx(mine)


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
@pytest.mark.parametrize("kind", KINDS)
def test_pooling_is_the_solvers_pooling(rng, kind, rounding):
    x = rng.normal(size=IMAGES)
    for window, stride in ((2, 2), (3, 2), (3, 1), *([(2, 3)] if rounding == "floor" else [])):
        z = Pool(kind, window, stride, rounding=rounding).forward(x)
        for n, d in np.ndindex(4, 2):
            assert z[n, :, :, d] == pytest.approx(pool(x[n, :, :, d], window, stride, kind, rounding))


@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_are_those_of_the_solvers(rng, stride):
    x, g = rng.normal(size=(1, 7, 7, 1)), rng.normal(size=(1, 7 - 3 + 1, 5, 1))[:, ::stride, ::stride]
    layer = Convolution(rng.normal(size=(1, 3, 3, 1)), [0], stride=stride)
    kernel = layer.parameters["W"][0, :, :, 0]
    layer.forward(x)
    assert layer.backward(g)[0, :, :, 0] == pytest.approx(image_gradient(kernel, g[0, :, :, 0], (7, 7), stride))
    assert layer.gradients["W"][0, :, :, 0] == pytest.approx(
        kernel_gradient(x[0, :, :, 0], g[0, :, :, 0], (3, 3), stride))
    for kind in ("max", "average"):
        layer = Pool(kind, 3, stride)
        layer.forward(x)
        expected = pool_gradient(x[0, :, :, 0], g[0, :, :, 0], 3, stride, kind).astype(float)
        assert layer.backward(g)[0, :, :, 0] == pytest.approx(expected)


@pytest.mark.parametrize("truncate", [None, 1, 2, 3])
def test_truncated_backpropagation_through_time(rng, truncate):
    """One unit, the sum of its states: ds_t/dθ of each t, by the products of slopes."""
    u, w, b = 0.7, -0.9, 0.2
    x = rng.normal(size=(1, 5, 1))
    layer = RNN(Gate([[u]], [[w]], [b]), truncate=truncate)
    states = [0.0, *layer.forward(x)[0, :, 0]]
    layer.backward(np.ones((1, 5, 1)))
    slopes = [step_slope("tanh", s, w) for s in states[1:]]
    for name, found in layer.gradients.items():
        explicit = [explicit_slope({"U": "u", "W": "w", "b": "b"}[name[0]], "tanh", states[t + 1], states[t], x[0, t, 0])
                    for t in range(5)]
        expected = sum(total_slope(explicit[:t], slopes[:t], truncate or 0) for t in range(1, 6))
        assert found.item() == pytest.approx(expected)


def test_of_equal_elements_the_first_is_the_largest():
    x = np.array([[3, 3], [1, 3.0]]).reshape(1, 2, 2, 1)
    for ties, expected in (("first", [[6, 0], [0, 0]]), ("split", [[2, 2], [0, 2]])):
        layer = Pool("max", 2, ties=ties)
        layer.forward(x)
        assert layer.backward(np.full((1, 1, 1, 1), 6.0))[0, :, :, 0].tolist() == expected


def test_a_recurrent_layer_repeats_its_step(rng):
    h = rng.normal(size=4)
    x, layer = rng.normal(size=SEQUENCES), RNN.random(rng, 3, 4, start={"h": h})
    states = layer.forward(x)
    for t in range(5):
        h = rnn_step(x[2, t], h, layer.gates["h"])
        assert states[2, t] == pytest.approx(h)


def test_flattening_by_pixels_or_maps():
    x = np.arange(8.0).reshape(1, 2, 2, 2)
    for order, expected in (("pixel by pixel", [0, 1, 2, 3, 4, 5, 6, 7]), ("map by map", [0, 2, 4, 6, 1, 3, 5, 7])):
        assert Flatten(order).forward(x)[0].tolist() == expected
        assert flatten(np.moveaxis(x[0], -1, 0), order).tolist() == expected


@pytest.mark.parametrize(("variant", "trained", "used"), [("inverted", 2.0, 1.0), ("classic", 1.0, 0.5)])
def test_dropout_with_a_mask(variant, trained, used):
    layer = Dropout(0.5, variant=variant, mask=MASK)
    x = np.arange(12.0).reshape(2, 6)
    assert (layer.forward(x, train=True) == trained * x * MASK).all()
    assert (layer.backward(np.ones((2, 6))) == np.tile(trained * MASK, (2, 1))).all()
    assert (layer.inside["mask"] == MASK).all()
    assert (layer.forward(x) == used * x).all()
    assert (layer.forward(x, train=True) == dropout_train(x, MASK, 0.5, variant)).all()
    assert (layer.forward(x) == dropout_test(x, 0.5, variant)).all()


def test_dropout_draws_a_mask_each_time():
    layer, x = Dropout(0.8, seed=3), np.ones((200, 50))
    a, b = layer.forward(x, train=True), layer.forward(x, train=True)
    assert a.mean() == pytest.approx(1, abs=0.02) and (a != b).any() and set(np.unique(a)) == {0, 1.25}
    assert (Dropout(0.8, seed=3).forward(x, train=True) == a).all()


def test_batch_norm_by_hand():
    x = np.array([[1.0, 10], [3, 10], [5, 40]])
    layer = BatchNorm([2, 1], [1, 0], epsilon=0.0, momentum=0.5, unbiased=False)
    z = layer.forward(x, train=True)
    assert z[:, 0] == pytest.approx(1 + 2 * np.array([-2, 0, 2]) / np.sqrt(8 / 3))
    assert z == pytest.approx(batchnorm(x, np.array([2, 1]), np.array([1, 0]), 0))
    assert layer.running_mean == pytest.approx([1.5, 10])
    assert layer.running_variance == pytest.approx([0.5 + 4 / 3, 0.5 + 100])
    assert layer.forward(x)[:, 1] == pytest.approx((x[:, 1] - 10) / np.sqrt(100.5))


# -- the whole


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_gates_carry_the_first_symbol_to_the_end(rng, kind):
    """Six steps of noise lie between what is shown and what is asked."""
    x = rng.normal(size=(60, 7, 2)) * 0.3
    y = rng.integers(0, 2, (60, 1)).astype(float)
    x[:, 0, 0], x[:, 0, 1] = 2 * y[:, 0] - 1, 1
    net = Network.of([kind.random(rng, 2, 6, sequences=False), Dense.random(rng, 6, 1, "sigmoid")], "bce")
    assert net.fit(x, y, 60, 0.05, optimizer="adam").loss[-1] < 0.05


def test_one_trace_for_all_layers(rng):
    layers = [Convolution.random(rng, 3, 2, 3), BatchNorm.fresh(3, "relu"), Pool("max", 2), Flatten(),
              Dropout(0.5), Dense.random(rng, 12, 3, "softmax")]
    step = Network.of(layers, "cross_entropy").fit(rng.normal(size=IMAGES), classes(rng, 4), 1, 0.1,
                                                   trace=True).steps[0]
    assert len(step.a) == 7 and len(step.z) == len(step.delta) == len(step.gradients) == len(step.inside) == 6
    for z, a, delta in zip(step.z, step.a[1:], step.delta, strict=True):
        assert z.shape == a.shape == delta.shape
    assert set(step.inside[1]) == {"mean", "variance", "normalized"} and set(step.inside[4]) == {"mask"}
    assert [set(named) for named in step.gradients] == [{"W", "b"}, {"gamma", "beta"}, set(), set(), set(),
                                                       {"W", "b"}]
    net = Network.of([LSTM.random(rng, 3, 4)])
    inside = net.gradients(rng.normal(size=SEQUENCES), np.zeros((4, 5, 4))).inside[0]
    assert set(inside) == {*"ifgoch", "dh", "dc", "delta_i", "delta_f", "delta_g", "delta_o"}
    assert {value.shape for value in inside.values()} == {(4, 5, 4)}


@pytest.mark.parametrize("peephole", [None, (4,), (4, 4)])
def test_students_recurrent_networks_train_together(rng, peephole):
    more = {"peephole": lambda: rng.normal(size=peephole)} if peephole else {}
    alone = [[LSTM(gates_with(rng, "ifgo", **more)), BatchNorm.fresh(4), Dense.random(rng, 4, 2)] for _ in range(3)]
    gates = {name: Gate(*(None if part is None else np.stack([layers[0].gates[name][place] for layers in alone])
                          for place, part in enumerate(alone[0][0].gates[name]))) for name in "ifgo"}

    def stacked(place, name):
        return np.stack([layers[place].parameters[name] for layers in alone])

    together = Network.of([LSTM(gates), BatchNorm(stacked(1, "gamma"), stacked(1, "beta")),
                           Dense(stacked(2, "W"), stacked(2, "b"))], penalty=Penalty(l1=0.01, l2=0.02))
    x, y = rng.normal(size=(3, *SEQUENCES)), rng.normal(size=(3, 4, 5, 2))
    loss = together.fit(x, y, 3, 0.05, batch_size=3, optimizer="adam").loss
    step = together.gradients(x, y)
    for s, layers in enumerate(alone):
        net = Network.of(layers, penalty=Penalty(l1=0.01, l2=0.02))
        assert net.fit(x[s], y[s], 3, 0.05, batch_size=3, optimizer="adam").loss == pytest.approx(
            [values[s] for values in loss])
        assert net.gradients(x[s], y[s]).penalty == pytest.approx(step.penalty[s])


def test_what_cannot_be(rng):
    x = rng.normal(size=(4, 3))
    dense = Dense.random(rng, 3, 2, "sigmoid")
    for problem, attempt in {
        "targets of shape": lambda: Network.of([dense]).gradients(x, np.zeros(4)),
        r"targets of shape \(4,\)": lambda: Network.of([dense]).mean_loss(x, np.zeros(4)),
        "there is no loss": lambda: Network.of([dense], "hinge"),
        "sigmoid outputs": lambda: Network.of([Dense.random(rng, 3, 2, "softmax")], "bce"),
        "softmax": lambda: Network.of([Dense.random(rng, 3, 3, "softmax"), dense]),
        "cannot feed": lambda: Network.of([dense, dense]),
        "above its encoder": lambda: Network.of([TiedDense(dense, np.zeros(3)), dense]),
        "once": lambda: Network.of([BatchNorm.fresh(3)] * 2),
        "many students": lambda: Network.of([Dense(np.zeros((5, 3, 3)), np.zeros((5, 3))), BatchNorm.fresh(3)]),
        "sum or the mean": lambda: Loss(steps="all"),
        "probability": lambda: Dropout(0.0),
        "classic or inverted": lambda: Dropout(0.5, variant="both"),
        "number of samples": lambda: Penalty(l2=1, scale="lambda/n"),
        "scaled by": lambda: Penalty(l2=1, scale="1"),
        "unbiased": lambda: BatchNorm.fresh(3).forward(x[:1], train=True),
        "pooling is one": lambda: Pool("median", 2),
        "see nothing": lambda: Pool("max", 2, 3, rounding="ceil"),
        "ties": lambda: Pool("max", 2, ties="last"),
        "laid out": lambda: Flatten("columns"),
        "does not fit": lambda: Convolution.random(rng, 9, 2, 1).forward(np.zeros(IMAGES)),
        "the states are h, not c": lambda: RNN.random(rng, 3, 4, start={"c": np.ones(4)}),
        "no peephole": lambda: LSTM(random_gates(rng, "ifo", 3, 4) | {"g": Gate(x, x, None, np.ones(4))}),
    }.items():
        with pytest.raises(ValueError, match=problem):
            attempt()

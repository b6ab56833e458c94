"""The trainer's optimizers against PyTorch, and against their formulas step by step."""

import numpy as np
import pytest

from softmark.solvers import optimizers
from softmark.solvers.network import Network
from softmark.solvers.training import STATES, Optimizer, Penalty

SIZES = (3, 5, 2)


def network(seed=1, **settings):
    net = Network.random(SIZES, ("tanh", "identity"), seed=seed, **settings)
    for b in net.biases:
        b += np.random.default_rng(seed).normal(size=b.shape)
    return net


def data(n=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 2))


def trained_by_torch(torch, net, x, y, eta, make, steps=5, before=None):
    """The parameters after `steps` of an optimizer of PyTorch, from those of `net`."""
    values = [torch.tensor(v, requires_grad=True) for v in net.parameters()]
    optimizer = make(torch.optim, values, eta)
    for _ in range(steps):
        W, b, V, c = values
        a = torch.tanh(torch.tensor(x) @ W.T + b) @ V.T + c
        optimizer.zero_grad()
        (0.5 * ((a - torch.tensor(y)) ** 2).sum(-1).mean()).backward()
        if before is not None:
            before(values)
        optimizer.step()
    return [v.detach().numpy() for v in values]


PAIRS = {
    "gradient_descent": ({}, lambda o, v, eta: o.SGD(v, eta)),
    "momentum": ({"gamma": 0.8}, lambda o, v, eta: o.SGD(v, eta, momentum=0.8)),
    "momentum, rate outside": ({"gamma": 0.8, "form": "rate_outside"},
                               lambda o, v, eta: o.SGD(v, eta, momentum=0.8)),
    "momentum, mean": ({"gamma": 0.8, "form": "mean"}, lambda o, v, eta: o.SGD(v, eta * 0.2, momentum=0.8)),
    "nesterov, torch": ({"gamma": 0.8, "form": "torch"},
                        lambda o, v, eta: o.SGD(v, eta, momentum=0.8, nesterov=True)),
    "adagrad": ({"eps": 1e-10, "eps_in": "outside"}, lambda o, v, eta: o.Adagrad(v, eta)),
    "adadelta": ({}, lambda o, v, eta: o.Adadelta(v, eta, rho=0.9, eps=1e-6)),
    "rmsprop": ({"gamma": 0.95, "eps_in": "outside"}, lambda o, v, eta: o.RMSprop(v, eta, alpha=0.95)),
    "adam": ({"beta1": 0.8}, lambda o, v, eta: o.Adam(v, eta, betas=(0.8, 0.999))),
    "adam, weight decay": ({"decay": 0.3}, lambda o, v, eta: o.AdamW(
        [{"params": v[0::2], "weight_decay": 0.3}, {"params": v[1::2], "weight_decay": 0.0}], eta)),
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", PAIRS)
def test_five_steps_agree_with_torch(torch, name):
    settings, make = PAIRS[name]
    net, (x, y) = network(), data()
    theirs = trained_by_torch(torch, net, x, y, 0.05, make)
    net.fit(x, y, 5, 0.05, optimizer=Optimizer(name.split(",")[0], **settings))
    for mine, other in zip(net.parameters(), theirs, strict=True):
        assert mine == pytest.approx(other, rel=1e-8, abs=1e-10)


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["gradient_descent", "adam"])
def test_an_l2_penalty_is_torchs_weight_decay(torch, name):
    net, (x, y) = network(penalty=Penalty(l2=0.3, scale="lambda/2", biases=True)), data()
    make = {"gradient_descent": lambda o, v, eta: o.SGD(v, eta, weight_decay=0.3),
            "adam": lambda o, v, eta: o.Adam(v, eta, weight_decay=0.3)}[name]
    theirs = trained_by_torch(torch, net, x, y, 0.05, make)
    net.fit(x, y, 5, 0.05, optimizer=name)
    for mine, other in zip(net.parameters(), theirs, strict=True):
        assert mine == pytest.approx(other, rel=1e-8, abs=1e-10)


@pytest.mark.oracle
@pytest.mark.parametrize(("clip", "theirs"), [("clip", "clip_grad_norm_"), ("clip_at", "clip_grad_value_")])
def test_clipping_agrees_with_torch(torch, clip, theirs):
    net, (x, y) = network(), data()
    after = trained_by_torch(torch, net, x, y, 0.5, lambda o, v, eta: o.SGD(v, eta), before=lambda values:
                             getattr(torch.nn.utils, theirs)(values, 0.1))
    net.fit(x, y, 5, 0.5, optimizer=Optimizer(**{clip: 0.1}))
    # PyTorch adds 1e-6 to the norm
    for mine, other in zip(net.parameters(), after, strict=True):
        assert mine == pytest.approx(other, rel=1e-4, abs=1e-6)


def test_small_gradients_are_not_clipped():
    (x, y), plain, clipped = data(), network(), network()
    plain.fit(x, y, 3, 0.1)
    clipped.fit(x, y, 3, 0.1, optimizer=Optimizer(clip=1e6, clip_at=1e6))
    for mine, other in zip(plain.parameters(), clipped.parameters(), strict=True):
        assert mine == pytest.approx(other)


def test_nesterov_takes_the_gradient_where_it_looks_ahead():
    net, hand, (x, y) = network(), network(), data()
    steps = net.fit(x, y, 4, 0.1, optimizer="nesterov", trace=True).steps
    velocities = [np.zeros_like(v) for v in hand.parameters()]
    for step in steps:
        ahead = network()
        for value, theta, v in zip(ahead.parameters(), hand.parameters(), velocities, strict=True):
            value[...] = theta - 0.9 * v
        found = ahead.gradients(x, y)
        assert step.loss == pytest.approx(found.loss)
        gradients = [found.gradients[layer][name] for layer in range(2) for name in "Wb"]
        for theta, v, g in zip(hand.parameters(), velocities, gradients, strict=True):
            v *= 0.9
            v += 0.1 * g
            theta -= v
    for mine, other in zip(net.parameters(), hand.parameters(), strict=True):
        assert mine == pytest.approx(other)
    with pytest.raises(ValueError, match="looks ahead"):
        net.update(net.gradients(x, y), 0.1, optimizer=Optimizer("nesterov"))


@pytest.mark.parametrize("name", STATES)
def test_each_step_is_the_pure_function(name):
    """One array, a gradient that changes: the trainer keeps the state, the function does the rest."""
    theta, states = np.array([1.0, -2.0]), [np.zeros(2)] * STATES[name]
    value, optimizer = theta.copy(), Optimizer(name)
    more = {"gamma": 0.9} if name in ("momentum", "nesterov") else {}
    for t in range(1, 5):
        if name == "nesterov":
            theta, *states = optimizers.nesterov(theta, *states, lambda p, t=t: p * t, 0.1, **more)
        elif name == "adam":
            theta, *states = optimizers.adam(theta, *states, theta * t, t, 0.1)
        elif name == "gradient_descent":
            theta = optimizers.gradient_descent(theta, theta * t, 0.1)
        else:
            theta, *states = getattr(optimizers, name)(theta, *states, g=theta * t, eta=0.1, **more)
        optimizer.look_ahead([value])
        optimizer.step([value], [value * t], 0.1)
        assert value == pytest.approx(theta, rel=1e-12)


@pytest.mark.parametrize("name", STATES)
def test_every_optimizer_lowers_the_loss(name):
    net, (x, y) = network(), data()
    before = net.mean_loss(x, y)
    eta = {"adadelta": 1.0, "adagrad": 0.1}.get(name, 0.02)
    assert net.fit(x, y, 150, eta, optimizer=name).loss[-1] < 0.6 * before


@pytest.mark.parametrize("name", STATES)
def test_students_are_optimized_as_each_would_be_alone(name):
    alone = [network(seed) for seed in range(3)]
    together = Network(*([np.stack(parts) for parts in zip(*(getattr(n, kind) for n in alone), strict=True)]
                         for kind in ("weights", "biases")), ["tanh", "identity"])
    (x, y), settings = data(), {"clip": 0.5, "decay": 0.1}
    several = np.stack([y, -y, 2 * y])
    together.fit(x, several, 4, 0.05, batch_size=3, optimizer=Optimizer(name, **settings))
    for s, net in enumerate(alone):
        net.fit(x, several[s], 4, 0.05, batch_size=3, optimizer=Optimizer(name, **settings))
        for mine, all_students in zip(net.parameters(), together.parameters(), strict=True):
            assert mine == pytest.approx(all_students[s])


def test_a_named_optimizer_goes_on_where_it_was():
    (x, y), once, twice = data(), network(), network()
    loss = once.fit(x, y, 6, 0.05, optimizer="adam").loss
    assert twice.fit(x, y, 2, 0.05, optimizer="adam").loss + twice.fit(x, y, 4, 0.05,
                                                                      optimizer="adam").loss == loss


def test_momentum_is_the_optimizer_of_that_name():
    (x, y), built_in, named = data(), network(), network()
    assert built_in.fit(x, y, 5, 0.05, momentum=0.9).loss == pytest.approx(
        named.fit(x, y, 5, 0.05, optimizer="momentum").loss, rel=1e-12)


def test_optimizers_that_do_not_exist():
    with pytest.raises(ValueError, match="no optimizer"):
        Optimizer("sgd")

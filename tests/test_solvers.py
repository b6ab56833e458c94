"""Solvers against independent witnesses: SciPy, scikit-learn, PyTorch, published figures."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softmark.solvers import architecture, convolution, functions, perceptron, pooling, text

rng = np.random.default_rng(7)
sizes = st.tuples(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(0, 3),
                  st.integers(1, 3))


@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "softplus", "relu", "absolute"])
@settings(max_examples=60, deadline=None)
@given(st.floats(-30, 30))
def test_functions_agree_over_all_carriers(name, x):
    one = functions.apply(name, x)
    many = functions.apply(name, np.array([x]))[0]
    exact = float(functions.apply(name, Fraction(x)))
    assert one == pytest.approx(many, rel=1e-12, abs=1e-300)
    assert one == pytest.approx(exact, rel=1e-10, abs=1e-12)


def test_functions_against_scipy():
    from scipy.special import expit

    x = np.linspace(-700, 700, 57)
    assert functions.sigmoid(x) == pytest.approx(expit(x), rel=1e-12)
    assert functions.log(np.array([8.0]), "2") == pytest.approx([3.0])
    with pytest.raises(ValueError, match="base"):
        functions.log(3, "7")


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_convolution_against_scipy(stride, padding):
    from scipy.signal import convolve2d, correlate2d

    image, kernel = rng.normal(size=(9, 8)), rng.normal(size=(3, 3))
    padded = np.pad(image, padding)
    assert convolution.cross_correlate(image, kernel, stride, padding) == pytest.approx(
        correlate2d(padded, kernel, "valid")[::stride, ::stride])
    assert convolution.convolve(image, kernel, stride, padding) == pytest.approx(
        convolve2d(padded, kernel, "valid")[::stride, ::stride])


@pytest.mark.oracle
@settings(max_examples=80, deadline=None)
@given(sizes)
def test_output_size_against_torch(torch, numbers):
    size, kernel, stride, padding, dilation = numbers
    if dilation * (kernel - 1) + 1 > size + 2 * padding:
        with pytest.raises(ValueError, match="fit"):
            convolution.output_size(size, kernel, stride, padding, dilation)
        return
    out = torch.nn.functional.conv1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), None,
                                     stride, padding, dilation)
    assert convolution.output_size(size, kernel, stride, padding, dilation) == out.shape[-1]


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
@pytest.mark.parametrize(("size", "window", "stride"), [(7, 2, 2), (6, 3, 2), (8, 3, 3), (5, 2, 1), (6, 2, 3)])
def test_pooling_against_torch(torch, kind, rounding, size, window, stride):
    image = rng.normal(size=(size, size))
    one = torch.tensor(image)[None, None]
    ceil = rounding == "ceil"
    pool = torch.nn.functional.max_pool2d if kind == "max" else torch.nn.functional.avg_pool2d
    theirs = pool(one, window, stride, ceil_mode=ceil)[0, 0].numpy()
    assert pooling.pool(image, window, stride, kind, rounding) == pytest.approx(theirs)


def test_l2_and_sum_pooling():
    image = np.arange(16.0).reshape(4, 4)
    assert pooling.pool(image, 2, 2, "sum")[0, 0] == 10
    assert pooling.pool(image, 2, 2, "l2")[0, 0] == pytest.approx(np.sqrt(0 + 1 + 16 + 25))


@pytest.mark.parametrize(("layers", "shape", "published"), [
    (architecture.LENET5, (32, 32, 1), 61_706), (architecture.ALEXNET, (227, 227, 3), 62_378_344),
    (architecture.ALEXNET_GROUPED, (227, 227, 3), 60_965_224),
    (architecture.vgg(11), (224, 224, 3), 132_863_336), (architecture.vgg(13), (224, 224, 3), 133_047_848),
    (architecture.vgg(16), (224, 224, 3), 138_357_544), (architecture.vgg(19), (224, 224, 3), 143_667_240)])
def test_parameter_counts_as_published(layers, shape, published):
    assert architecture.total_params(layers, shape) == published


def test_vgg16_splits_into_convolutions_and_fully_connected_layers():
    sums = {"CONV": 0, "FC": 0, "POOL": 0}
    for layer, _, params in architecture.table(architecture.vgg(16), (224, 224, 3)):
        sums[layer.kind] += params
    assert sums == {"CONV": 14_714_688, "FC": 123_642_856, "POOL": 0}


def test_alexnet_ends_at_six_by_six_and_without_padding_at_two_by_two():
    standard = [shape for layer, shape, _ in architecture.table(architecture.ALEXNET, (227, 227, 3))
                if layer.kind == "POOL"]
    assert standard[-1] == (6, 6, 256)
    bare = [text.split(" p")[0] for text in architecture.ALEXNET]
    shrunk = [shape for layer, shape, _ in architecture.table(bare, (227, 227, 3))
              if layer.kind == "POOL"]
    assert shrunk[-1] == (2, 2, 256)


@pytest.mark.parametrize("bad", ["CONV3", "CONV0-3", "POOL", "FC-", "CONV3-6 x2", "CONV3-5 g2", "", "x" * 99])
def test_layers_that_are_none(bad):
    with pytest.raises(ValueError, match="layer|least"):
        architecture.parse_layer(bad)


def test_bag_of_words_and_tfidf_against_scikit_learn():
    from sklearn.feature_extraction.text import CountVectorizer

    documents = ["The sun is shining", "The weather is sweet",
                 "The sun is shining, the weather is sweet, and one and one is two"]
    vectorizer = CountVectorizer(token_pattern=r"(?u)\b\w+\b")
    table = vectorizer.fit_transform(documents).toarray().T
    assert list(text.vocabulary(documents)) == list(vectorizer.get_feature_names_out())
    assert (text.counts(documents) == table).all()
    df = text.document_frequency(table)
    assert text.inverse_document_frequency(3, df, "10") == pytest.approx(np.log10(3 / df))


def test_perceptron_rule_against_scikit_learn():
    from sklearn.linear_model import Perceptron

    points = rng.integers(-4, 5, size=(12, 2)).astype(float)
    targets = np.where(points @ [2, -1] + 0.5 > 0, 1, -1)
    theirs = Perceptron(max_iter=1, shuffle=False, eta0=1.0, tol=None).fit(points, targets)
    # their update has no factor 2: (t - o) with targets ±1 is twice theirs
    run = perceptron.epochs(np.zeros(3), points, targets.tolist(), 0.5, tie=">")
    weights, _ = next(run)
    assert weights == pytest.approx([theirs.intercept_[0], *theirs.coef_[0]])


def test_perceptron_ties_are_stated():
    with pytest.raises(ValueError, match="tie"):
        perceptron.fires(0, "=>")
    assert perceptron.fires(0, ">=")
    assert not perceptron.fires(0, ">")

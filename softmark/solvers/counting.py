"""Counting by formula: parameters of layers and cells, receptive fields, multiplications, speed.

Everything is whole-number arithmetic, so it serves ints and terms alike. Biases count only where a
function is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import add, mul
from typing import Any

#: sets of weights a recurrent cell has, the candidate included (Elman, 1990; Cho et al., 2014;
#: Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000)
GATES = {"rnn": 1, "gru": 3, "lstm": 4}

#: the six numbers of an inception module, in the order of table 1 of Szegedy et al., 2015
INCEPTION = ("1×1", "3×3 reduce", "3×3", "5×5 reduce", "5×5", "pool projection")


def product(factors: Sequence[Any]) -> Any:
    """Product of one or more numbers, written in their order."""
    return reduce(mul, factors)


def total(addends: Sequence[Any]) -> Any:
    """Sum of one or more numbers, written in their order."""
    return reduce(add, addends)


def dense_params(inputs: Any, units: Any, bias: bool = True) -> Any:
    """Parameters of a fully connected layer: (n + 1) · m, the 1 only with biases."""
    return (inputs + 1) * units if bias else inputs * units


def unit_weights(kernel: Any, depth: Any, bias: bool = True) -> Any:
    """Weights of one unit that sees F × F places over the full depth: F · F · D (+ 1)."""
    weights = kernel * kernel * depth if kernel != 1 else depth
    return weights + 1 if bias else weights


def recurrent_params(inputs: Any, hidden: Any, gates: Any = 1, biases: Any = 1) -> Any:
    """Parameters of a recurrent layer: g · h · (n + h + b).

    gates: 1 for a plain RNN, 3 for a GRU, 4 for an LSTM (see GATES); biases: bias vectors a gate,
    1 as in the papers (and Keras' LSTM), 2 as in PyTorch.
    """
    seen = inputs + hidden + biases if biases != 0 else inputs + hidden
    per_gate = hidden * seen
    return per_gate if gates == 1 else gates * per_gate


def inception_depth(widths: Sequence[Any]) -> Any:
    """Channels an inception module puts out: 1×1 + 3×3 + 5×5 + pool projection.

    widths: the six numbers in the order of INCEPTION (Szegedy et al., 2015).
    """
    return widths[0] + widths[2] + widths[4] + widths[5]


def inception_inputs(depth: Any, widths: Sequence[Any]) -> tuple[Any, ...]:
    """Channels each of the six convolutions of an inception module sees."""
    return (depth, depth, widths[1], depth, widths[3], depth)


#: sides of the six kernels of an inception module
INCEPTION_KERNELS = (1, 1, 3, 1, 5, 1)


def inception_params(depth: Any, widths: Sequence[Any], bias: bool = True,
                     kernels: Sequence[Any] = INCEPTION_KERNELS) -> list[Any]:
    """Parameters of the six convolutions of an inception module, in the order of INCEPTION."""
    return [unit_weights(kernel, seen, bias) * width for kernel, seen, width in zip(
        kernels, inception_inputs(depth, widths), widths, strict=True)]


def inception_macs(side: Any, depth: Any, widths: Sequence[Any],
                   kernels: Sequence[Any] = INCEPTION_KERNELS) -> list[Any]:
    """Multiplications of the six convolutions on side × side maps (padding keeps the size)."""
    return [side * side * width * unit_weights(kernel, seen, bias=False)
            for kernel, seen, width in zip(kernels, inception_inputs(depth, widths), widths, strict=True)]


def grown_field(field: Any, jump: Any, kernel: Any, dilation: Any = 1) -> Any:
    """Receptive field after one more layer: r + (k − 1) · d · j.

    field, jump: receptive field of the layer before and the distance in input pixels between
    neighbouring values of it (Araujo, Norris and Sim, 2019, eq. 2; dilation d widens the kernel).
    """
    reach = (kernel - 1) * dilation if dilation != 1 else kernel - 1
    return field + reach * jump


def receptive_fields(kernels: Sequence[Any], strides: Sequence[Any],
                     dilations: Sequence[Any] | None = None) -> list[tuple[Any, Any]]:
    """(receptive field, jump) after each layer of a chain; before the first both are 1."""
    field: Any = 1
    jump: Any = 1
    found = []
    for place, (kernel, stride) in enumerate(zip(kernels, strides, strict=True)):
        field = grown_field(field, jump, kernel, dilations[place] if dilations is not None else 1)
        jump = jump * stride
        found.append((field, jump))
    return found


def autoencoder_params(sizes: Sequence[Any], bias: bool = True, tied: bool = False
                       ) -> tuple[Any, Any]:
    """Parameters of encoder and decoder; sizes run from the input to the code.

    The decoder mirrors the encoder. With tied weights it uses the encoder's, transposed, and adds
    its own biases only (Vincent et al., 2010, section 2.2).
    """
    weights = total([n * m for n, m in pairwise(sizes)])
    encoder = weights + total(sizes[1:]) if bias else weights
    own = 0 * weights if tied else weights
    decoder = own + total(sizes[:-1]) if bias else own
    return encoder, decoder


def seconds_per_image(frames: Any) -> Any:
    """Time for one image at so many frames per second."""
    return 1 / frames

"""Layers of the trainer: forward, backward, and gradients by name.

Images are (batch, height, width, channels), sequences (batch, steps, features), all else
(batch, features). The layers go into `softmark.solvers.network.Network.of`.
"""

from softmark.solvers.layers.base import Layer
from softmark.solvers.layers.convolution import Convolution
from softmark.solvers.layers.dense import Dense, TiedDense
from softmark.solvers.layers.dropout import Dropout
from softmark.solvers.layers.normalization import BatchNorm
from softmark.solvers.layers.pooling import Flatten, GlobalAverage, Pool
from softmark.solvers.layers.recurrent import GRU, LSTM, RNN

__all__ = ["GRU", "LSTM", "RNN", "BatchNorm", "Convolution", "Dense", "Dropout", "Flatten",
           "GlobalAverage", "Layer", "Pool", "TiedDense"]

"""Parameters of recurrent networks: plain RNN, GRU, LSTM, stacked, in one or both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.counting import GATES, dense_params, recurrent_params, total
from softmark.worksheet import Integer, IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import stack

NAMES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
PARTS = {"rnn": "",
         "gru": "A GRU has three sets of weights and biases of this form: update gate, reset gate and "
                "candidate.",
         "lstm": "An LSTM has four sets of weights and biases of this form: input, forget and output "
                 "gate, and candidate. There are no peepholes."}
BIASES = {0: "There are **no biases**.", 1: "{} has **one bias vector**, $b$.",
          2: "{} has **two bias vectors**, one with $U$ and one with $W$ (as in PyTorch)."}


class ParamsRnn(Template):
    """Weights are shared by all time steps, so the length of the sequence does not matter."""

    title: ClassVar[str] = "Parameters of a recurrent network"
    # whether there is an output layer is no rounding matter
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
{{ 'A bidirectional' if both else 'An' if cell == 'lstm' else 'A' }} {{ p.kind }} network reads vectors of
${{ named('inputs') }}$ numbers, over sequences of {{ steps }} time steps. It has
{{ 'one recurrent layer' if hidden|length == 1 else 'recurrent layers' }} with ${{ named('hidden') }}$
hidden units{{ ' (in each direction)' if both }}{{ ', one on top of the other' if hidden|length > 1 }}.
The new state comes from $U x_t + W s_{t-1}$, with weights $U$ for the input of the layer and $W$ for the
layer's own last state $s_{t-1}$. {{ p.parts }} {{ p.bias_words }}
{% if both %}The two directions have weights of their own; what they put out is **joined** (concatenated)
for the next layer.
{% endif %}
{% if outputs > 0 %}At each time step a fully connected layer with ${{ named('outputs') }}$ units and
{{ 'a bias each' if biases else 'no biases' }} follows.
{% endif %}

How many parameters does {{ 'one direction of ' if both }}
{{- 'each' if hidden|length > 1 else 'the' }} recurrent layer have, and how many the whole network?
"""

    cell: Literal["rnn", "gru", "lstm"] = "rnn"
    inputs: Integer = given("n", about="numbers in each input vector", ge=1, le=10**6)
    hidden: IntVector = given("h", about="hidden units of each recurrent layer", min_length=1,
                              max_length=4)
    outputs: Integer = given("k", default=0, about="units of the output layer, 0 for none", ge=0,
                             le=10**6)
    biases: Literal[0, 1, 2] = given(default=1, about="bias vectors a set of weights")
    both: bool = given(default=False, about="bidirectional")
    steps: int = given(default=20, about="time steps", ge=2, le=1000)

    @model_validator(mode="after")
    def _has_units(self) -> Self:
        if min(self.hidden) < 1 or max(self.hidden) > 10**6:
            raise ValueError("hidden: a layer has from 1 to 1,000,000 units")
        return self

    @property
    def name(self) -> str:
        return NAMES[self.cell]

    @property
    def kind(self) -> str:
        return "plain recurrent" if self.cell == "rnn" else self.name

    @property
    def parts(self) -> str:
        return PARTS[self.cell]

    @property
    def bias_words(self) -> Any:
        owner = "Each layer" if self.cell == "rnn" else "Each set"
        return Markup(BIASES[self.biases].format(owner))

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        return {"hidden": ([str(i + 1) for i in range(len(self.hidden))],)}

    def figure(self) -> Drawing:
        arrow = "2×" if self.both else ""
        names = [f"{arrow}{self.name}-{h}" for h in self.hidden]
        return stack(names + [f"FC-{self.outputs}"] * bool(self.outputs), f"x, {self.inputs}",
                     "The layers from the input on, with the number of their units")

    def flips(self) -> Mapping[str, Mapping[str, Any]]:
        if self.biases == 1:
            return {"counted two bias vectors": {"biases": 2}}
        return {"counted one bias vector": {"biases": 1}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        return cls(cell=rng.level(level, easy="rnn", medium=rng.choice(("gru", "lstm")),
                                  hard=rng.choice(("gru", "lstm"))),
                   inputs=rng.integer(4, 60), outputs=rng.integer(2, 20), both=level == "hard",
                   hidden=[4 * rng.integer(2, 24) for _ in range(2 if level == "hard" else 1)],
                   biases=rng.level(level, easy=1, medium=1, hard=rng.choice((1, 2))),
                   steps=rng.integer(5, 40))

    def solve(self) -> Steps:
        gates = self.written(GATES[self.cell], drawn=False)
        sides = self.written(2, drawn=False)
        seen: Any = self.inputs
        parts = []
        for i, h in enumerate(self.hidden.tolist(), 1):
            words = f"layer {i}" if len(self.hidden) > 1 else "the recurrent layer"
            one = yield Step(
                f"layer[{i}]", f"p_{{{i}}}", recurrent_params(seen, h, gates, self.biases),
                f"Parameters of {'one direction of ' if self.both else ''}{words}",
                wrong=self._mistakes(seen, h, gates, i))
            parts.append(sides * one if self.both else one)
            seen = sides * h if self.both else h
        if self.outputs > 0:
            parts.append((yield Step(
                "output", r"p_{\text{out}}", dense_params(seen, self.outputs, self.biases > 0),
                "Parameters of the output layer", wrong={"took the state of one direction only": lambda:
                    dense_params(h, self.outputs, self.biases > 0)} if self.both else {})))
        yield Step("total", "p", total(parts), "The whole network", wrong=self._total_mistakes(parts))

    def _mistakes(self, n: Any, h: Any, gates: Any, layer: int) -> dict[str, Any]:
        b = self.biases
        wrong = {"left out the weights between states": lambda: gates * h * (n + b)}
        if self.cell == "lstm":
            wrong["forgot the candidate"] = lambda: recurrent_params(n, h, 3, b)
        if self.cell == "gru":
            wrong["counted four sets as in an LSTM"] = lambda: recurrent_params(n, h, 4, b)
        if self.both and layer > 1:
            wrong["took the state of one direction only"] = lambda: recurrent_params(
                self.hidden.tolist()[layer - 2], h, gates, b)
        return wrong

    def _total_mistakes(self, parts: list[Any]) -> dict[str, Any]:
        wrong = {"multiplied by the number of time steps": lambda: self.steps * total(parts)}
        if self.both:
            wrong["counted one direction"] = lambda: total(
                [part // 2 for part in parts[:len(self.hidden)]] + parts[len(self.hidden):])
        return wrong

"""Early stopping with patience, read off a table of losses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.regularization import early_stopping
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.series import Series, chart


class EarlyStopping(Template):
    """Counted from the best epoch so far; an equal loss is no improvement."""

    title: ClassVar[str] = "Early stopping"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A network is trained with early stopping on the validation loss. After each epoch the two losses are:

| epoch {% for v in validation %}| {{ loop.index }} {% endfor %}|
|---{% for v in validation %}|---{% endfor %}|
| training $T$ {% for v in training %}| {{ v|number }} {% endfor %}|
| validation $V$ {% for v in validation %}| {{ v|number }} {% endfor %}|

Epoch 1 is the best to begin with. A later epoch is an improvement, and becomes the best, only if its
validation loss is smaller than that of the best epoch so far{% if min_delta %} by **more than**
{{ min_delta|number }}{% else %} (an equal one is none){% endif %}. Training stops as soon as
{{ patience }} epoch{{ 's in a row have' if patience > 1 else ' has' }} brought no improvement (patience
{{ patience }}), and the weights of the best epoch are restored. The table goes on to show what would
have happened.

Give the epoch after which training stops, the epoch whose weights are kept, and by how much the
validation loss is above the training loss there.
"""

    training: Vector = given("T", about="training loss after each epoch")
    validation: Vector = given("V", about="validation loss after each epoch", min_length=2,
                               max_length=30)
    patience: int = given(default=2, ge=1, le=20, about="epochs without improvement until the end")
    min_delta: Number = given(r"\delta", default=Decimal(0), ge=0, le=10,
                              about="what an improvement must exceed")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.training) != len(self.validation):
            raise ValueError("both losses need one number an epoch")
        if min(*self.training, *self.validation) < 0 or max(*self.training, *self.validation) > 1000:
            raise ValueError("losses lie between 0 and 1000")
        return self

    def figure(self) -> Drawing:
        curves = [Series(tuple((float(i), float(v)) for i, v in enumerate(values, 1)), name, True, True)
                  for name, values in (("validation", self.validation), ("training", self.training))]
        return chart(curves, "epoch", "loss", "Training and validation loss over the epochs, as in the "
                     "table")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        epochs, patience = rng.level(level, easy=(8, 2), medium=(10, 2), hard=(12, 3))
        min_delta = Decimal("0.015") if level == "hard" else Decimal(0)
        while True:
            training, validation = [rng.decimal("0.7", "0.9", 2)], [rng.decimal("0.9", "1.2", 2)]
            turn = rng.integer(3, epochs - patience)
            for epoch in range(2, epochs + 1):
                training.append(training[-1] - rng.decimal("0.02", "0.08", 2))
                down = epoch <= turn
                validation.append(validation[-1] + rng.decimal("-0.12" if down else "-0.04",
                                                               "0.02" if down else "0.09", 2, ["0"]))
            best = early_stopping(validation, patience, min_delta)[0]
            if validation[best - 1] > training[best - 1] and training[-1] > 0 \
                    and cls._is_telling(validation, patience, min_delta, level):
                return cls(training=tuple(training), validation=tuple(validation), patience=patience,
                           min_delta=min_delta, decimals=2)

    @staticmethod
    def _is_telling(validation: list[Decimal], patience: int, min_delta: Decimal, level: str) -> bool:
        """Does training stop before the end, after a rise that was no reason to stop?"""
        best, last = early_stopping(validation, patience, min_delta)
        if min(validation) <= 0 or last == len(validation) or best == 1:
            return False
        first_rise = early_stopping(validation, 1, min_delta)[1]
        better_later = min(validation[last:]) < validation[best - 1]
        finer = early_stopping(validation, patience)[0] != best
        return (level == "easy" or first_rise < best) and (level != "medium" or better_later) \
            and finer == (level == "hard")

    def solve(self) -> Steps:
        best, last = early_stopping(self.validation, self.patience, self.min_delta)
        last = yield Step("stop", r"t_{\text{stop}}", last, "Epoch after which training stops",
                          wrong=self._stops_elsewhere(best, last), note=self._why(best, last))
        best = yield Step("best", r"t_{\text{best}}", best, "Epoch whose weights are kept",
                          wrong=self._other_best(best, last),
                          note=f"Until training stops, epoch {best} was the last improvement.")
        yield Step("gap", "d", self.validation[best - 1] - self.training[best - 1],
                   "Validation loss above training loss there")

    def _why(self, best: int, last: int) -> str:
        if last - best < self.patience:
            return "The patience is never used up: training runs to the end of the table."
        return (f"After epoch {best} there are {self.patience} epochs in a row without an "
                f"improvement." if self.patience > 1 else f"Epoch {last} brings no improvement.")

    def _stops_elsewhere(self, best: int, last: int) -> dict[str, Any]:
        wrong = {}
        if self.patience > 1 and (early := early_stopping(self.validation, 1, self.min_delta)[1]) != last:
            wrong["stopped at the first epoch without improvement"] = lambda: early
        if last < len(self.validation):
            wrong["waited one epoch too long"] = lambda: last + 1
        if last - best == self.patience:
            wrong["stopped at the best epoch itself"] = lambda: best
        return wrong

    def _other_best(self, best: int, last: int) -> dict[str, Any]:
        smallest = 1 + min(range(len(self.validation)), key=lambda i: self.validation[i])
        lowest = 1 + min(range(last), key=lambda i: self.training[i])
        wrong = {}
        if smallest != best:
            wrong["took the smallest validation loss of the whole table"] = lambda: smallest
        if lowest != best:
            wrong["took the smallest training loss"] = lambda: lowest
        if last not in (best, lowest):
            wrong["kept the weights of the last epoch"] = lambda: last
        return wrong

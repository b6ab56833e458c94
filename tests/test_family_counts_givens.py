"""Counting families: drawn problems read well, and bad givens are refused."""

import pytest

from softmark.templates.architectures.autoencoder_params import AutoencoderParams
from softmark.templates.architectures.conv_1x1 import Conv1x1
from softmark.templates.architectures.detector_arithmetic import DetectorArithmetic
from softmark.templates.architectures.inception_module import InceptionModule
from softmark.templates.architectures.params_fc import ParamsFc
from softmark.templates.architectures.params_locally_connected import ParamsLocallyConnected
from softmark.templates.architectures.params_rnn import ParamsRnn
from softmark.templates.architectures.receptive_field import ReceptiveField
from softmark.worksheet.asks import asks_of
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import solve
from softmark.worksheet.statement import statement
from softmark.worksheet.typeset import typeset


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def text_of(problem):
    return statement(problem, asks_of(problem))


FAMILIES = [ParamsFc, ParamsLocallyConnected, InceptionModule, Conv1x1, ReceptiveField, ParamsRnn,
            AutoencoderParams, DetectorArithmetic]


@pytest.mark.parametrize("cls", FAMILIES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
def test_drawn_problems_read_well(cls, level):
    from softmark.worksheet.certificate import certified_draw
    from softmark.worksheet.draws import Rng

    problem = certified_draw(cls, Rng.of("counts", cls.__name__, level), level)
    text = text_of(problem)
    assert "\\|" not in text and "  \n" not in text and "None" not in text
    assert [line.name for line in typeset(problem)] == list(values(problem))
    figure = problem.figure()
    assert figure is None or figure.alt


BASE = {
    ParamsFc: {"input": [8, 8, 3], "units": [4, 2]},
    ParamsLocallyConnected: {"size": 8, "depth": 3, "maps": 2, "kernel": 3},
    InceptionModule: {"size": 8, "depth": 16, "modules": [[4, 3, 5, 2, 3, 2]]},
    Conv1x1: {"size": 8, "depth": 16, "kernel": 3, "reduced": 4, "filters": 8},
    ReceptiveField: {"kinds": ["conv", "max"], "kernels": [3, 2], "strides": [1, 2]},
    ParamsRnn: {"inputs": 3, "hidden": [4]},
    AutoencoderParams: {"sizes": [8, 3]},
    DetectorArithmetic: {"names": ["a", "b"], "fps": [1, 2]},
}


@pytest.mark.parametrize(("cls", "changes", "rule"), [
    (ParamsFc, {"units": [4, 0]}, "at least 1"),
    (ParamsFc, {"input": [2_000_000]}, "at most 1,000,000"),
    (ParamsFc, {"input": [2, 2, 2, 2]}, "input"),
    (ParamsFc, {"units": [2] * 7}, "units"),
    (ParamsFc, {"budget": 100}, "single hidden unit"),
    (ParamsLocallyConnected, {"kernel": 9}, "does not fit"),
    (ParamsLocallyConnected, {"padding": 3}, "narrower"),
    (ParamsLocallyConnected, {"compare": ["dense"]}, "compare"),
    (InceptionModule, {"modules": [[1, 2, 3]]}, "six numbers"),
    (InceptionModule, {"modules": [[1, 2, 3, 4, 5, 0]]}, "from 1 to"),
    (InceptionModule, {"modules": [[1, 2, 3, 4, 5, 6], [1, 2]]}, "different lengths"),
    (Conv1x1, {"kernel": 4}, "odd"),
    (Conv1x1, {"reduced": 0}, "reduced"),
    (ReceptiveField, {"strides": [1]}, "one entry a layer"),
    (ReceptiveField, {"kernels": [3, 0]}, "from 1 to 64"),
    (ReceptiveField, {"dilations": [1, 2]}, "only convolutions"),
    (ReceptiveField, {"kinds": []}, "kinds"),
    (ParamsRnn, {"hidden": [0]}, "hidden"),
    (ParamsRnn, {"hidden": [2] * 5}, "hidden"),
    (ParamsRnn, {"biases": 3}, "biases"),
    (ParamsRnn, {"cell": "mamba"}, "cell"),
    (AutoencoderParams, {"sizes": [8]}, "sizes"),
    (AutoencoderParams, {"sizes": [8, 0]}, "from 1 to"),
    (DetectorArithmetic, {"fps": [1]}, "one entry"),
    (DetectorArithmetic, {"fps": [0, 1]}, "more than 0"),
    (DetectorArithmetic, {"names": ["a", "a"]}, "differ"),
    (DetectorArithmetic, {"regions": 5}, "above 0")])
def test_givens_that_cannot_be_worked_are_refused(cls, changes, rule):
    assert values(cls.from_json(BASE[cls]))
    with pytest.raises(UserError, match=rule):
        cls.from_json({**BASE[cls], **changes})

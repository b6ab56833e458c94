"""Architecture tables: published counts, PyTorch as a witness, the command, files that are amiss."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from softmark.commands.table import read_table, write_table
from softmark.rendering.tables import table_html, table_text
from softmark.solvers.architecture import ceiled_size, parse_layer, read_layer
from softmark.solvers.network_table import (
    Branches,
    Group,
    Network,
    Residual,
    inception,
    network_table,
    read_network,
)
from softmark.worksheet.errors import UserError

ROOT = Path(__file__).parent.parent
NETWORKS = ROOT / "examples" / "networks"
#: file -> (parameters, where they are published)
PUBLISHED = {
    "lenet5": (61_706, "the network of LeCun et al. 1998 without partial connections, as taught today"),
    "alexnet": (60_965_224, "Caffe's reference AlexNet, two groups; the paper says 60 million"),
    "alexnet_one_tower": (61_100_840, "torchvision: AlexNet_Weights, num_params"),
    "zfnet": (62_357_608, "summed over figure 3 of Zeiler and Fergus 2014"),
    "vgg11": (132_863_336, "torchvision: VGG11_Weights; the paper's table 2 says 133 million"),
    "vgg13": (133_047_848, "torchvision: VGG13_Weights; the paper's table 2 says 133 million"),
    "vgg16": (138_357_544, "torchvision: VGG16_Weights; the paper's table 2 says 138 million"),
    "vgg19": (143_667_240, "torchvision: VGG19_Weights; the paper's table 2 says 144 million"),
    "googlenet": (6_998_552, "Caffe's bvlc_googlenet without auxiliary classifiers"),
    "googlenet_batchnorm": (6_624_904, "torchvision: GoogLeNet_Weights, num_params"),
    "resnet18": (11_689_512, "torchvision: ResNet18_Weights, num_params"),
    "resnet50": (25_557_032, "torchvision: ResNet50_Weights, num_params"),
}
#: billions of multiplications in torchvision's tables (GFLOPS there)
GIGA = {"alexnet_one_tower": "0.71", "vgg11": "7.61", "vgg13": "11.31", "vgg16": "15.47", "vgg19": "19.63",
        "googlenet_batchnorm": "1.50", "resnet18": "1.81", "resnet50": "4.09"}


def example(name):
    return read_table(NETWORKS / f"{name}.toml")


def rows_of(layers, shape=(32, 32, 3), **more):
    return network_table(Network(shape, layers, **more)).rows


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_as_published(name):
    count, _source = PUBLISHED[name]
    assert example(name).params == count
    assert f"{count:,} parameters" in (NETWORKS / f"{name}.toml").read_text(encoding="utf-8")


def test_every_example_has_a_published_count():
    assert {path.stem for path in NETWORKS.glob("*.toml")} == set(PUBLISHED)


@pytest.mark.parametrize("name", GIGA)
def test_multiplications_as_published(name):
    assert f"{example(name).macs / 1e9:.2f}" == GIGA[name]


def test_vgg16_holds_the_values_of_the_decks_rows():
    table = example("vgg16")
    assert table.values == 15_237_608
    assert table.megabytes == pytest.approx(60.950432)


def test_shapes_inside_the_published_networks():
    shapes = {name: [row.shape for row in example(name).rows] for name in ("zfnet", "googlenet", "resnet50")}
    assert [s[:2] for s in shapes["zfnet"][1:6]] == [(110, 110), (55, 55), (26, 26), (13, 13), (13, 13)]
    joined = [row.shape[2] for row in example("googlenet").rows if row.layer == "JOIN"]
    assert joined == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert shapes["resnet50"][-2:] == [(1, 1, 2048), (1, 1, 1000)]


def test_receptive_fields_as_published():
    """Araujo, Norris and Sim 2019, table 1: AlexNet 195, VGG-16 212, ResNet-50 483 (before the head).

    Their ResNet-50 has its strides in the last block of each stage, ours in the first.
    """
    fields = {name: [row.field for row in example(name).rows if row.field][-1]
              for name in ("alexnet_one_tower", "vgg16", "resnet50")}
    assert fields == {"alexnet_one_tower": 195, "vgg16": 212, "resnet50": 427}
    theirs = ["CONV7-4 s2 p3", "POOL3 s2 p1"]
    for blocks, stride in ((3, 2), (4, 2), (6, 2), (3, 1)):
        theirs += [Residual(["CONV3-4 p1"])] * (blocks - 1)
        theirs += [Residual([f"CONV3-4 s{stride} p1"], [f"CONV1-4 s{stride}"])]
    assert rows_of(theirs, (224, 224, 3))[-1].field == 483


@pytest.mark.oracle
@pytest.mark.parametrize("layer", [
    "CONV5-8", "CONV3-8 s2 p1", "CONV3-6 p2 g3", "CONV3-8 d2 p2", "CONV3-8 nobias", "CONV1-4 s3", "POOL2",
    "POOL3 s2", "POOL3 s2 ceil", "POOL3 s2 p1 ceil", "POOL2 s3 ceil", "AVGPOOL4", "GAP", "BN", "FC-7",
    "FC-7 nobias"])
@pytest.mark.parametrize("side", [11, 12, 13])
def test_layers_against_pytorch(torch, layer, side):
    from torch import nn

    one = read_layer(layer)
    bias = one.bias is not False
    module = {
        "CONV": lambda: nn.Conv2d(6, one.width, one.size, one.stride, one.padding, one.dilation, one.groups, bias),
        "POOL": lambda: nn.MaxPool2d(one.size, one.stride, one.padding, ceil_mode=bool(one.ceil)),
        "AVGPOOL": lambda: nn.AvgPool2d(one.size, one.stride),
        "GAP": lambda: nn.AdaptiveAvgPool2d(1), "BN": lambda: nn.BatchNorm2d(6),
        "FC": lambda: nn.Sequential(nn.Flatten(), nn.Linear(6 * side * side, one.width, bias),
                                    nn.Unflatten(1, (one.width, 1, 1)))}[one.kind]().eval()
    row = rows_of([layer], (side, side, 6))[-1]
    with torch.no_grad():
        out = module(torch.zeros(1, 6, side, side))
    assert row.shape == (out.shape[2], out.shape[3], out.shape[1])
    assert row.params == sum(p.numel() for p in module.parameters())


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["lenet5", "alexnet_one_tower", "zfnet", "vgg16", "googlenet_batchnorm",
                                  "resnet18", "resnet50"])
def test_whole_networks_against_pytorch(torch, name):
    """The same file read by another reader, built of torch's modules on its meta device."""
    from torch import nn

    data = tomllib.loads((NETWORKS / f"{name}.toml").read_text(encoding="utf-8"))
    count = 0

    def run(items, x):
        nonlocal count
        for item in items:
            if isinstance(item, str):
                module = build(item.split(), x)
                count += sum(p.numel() for p in module.parameters())
                x = module.to("meta")(x)
                continue
            for _ in range(item.get("repeat", 1)):
                if "branches" in item:
                    x = torch.cat([run(path, x) for path in item["branches"]], 1)
                else:
                    x = run(item["residual"], x) + run(item.get("shortcut", []), x)
        return x

    def build(words, x):
        kind, _, width = words[0].partition("-")
        options = {word[0]: int(word[1:]) for word in words[1:] if word[1:].isdigit()}
        bias = "bias" in words or data.get("bias", True)
        channels, size = x.shape[1], int("".join(c for c in kind if c.isdigit()) or 0)
        stride, padding = options.get("s", 1), options.get("p", 0)
        ceil = data.get("rounding") == "ceil"
        with torch.device("meta"):
            if kind.startswith("CONV"):
                return nn.Conv2d(channels, int(width), size, stride, padding, bias=bias)
            if kind.startswith(("POOL", "AVGPOOL")):
                return nn.MaxPool2d(size, options.get("s", size), padding, ceil_mode=ceil)
            if kind == "FC":
                return nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), int(width), bias))
            return {"BN": nn.BatchNorm2d(channels), "GAP": nn.AdaptiveAvgPool2d(1)}.get(kind, nn.Identity())

    high, wide, depth = data["input"]
    out = run(data["layers"], torch.zeros(2, depth, high, wide, device="meta"))
    table = example(name)
    assert (out.numel() // 2, count) == (table.rows[-1].shape[2], table.params)


@pytest.mark.oracle
def test_receptive_field_against_gradients(torch):
    """The pixels with a gradient are as many as the table says."""
    from torch import nn

    layers = ["CONV3-1 s2", "POOL2", "CONV3-1 d3", "AVGPOOL3 s2", "CONV5-1"]
    size = 141
    net = nn.Sequential(nn.Conv2d(1, 1, 3, 2), nn.AvgPool2d(2), nn.Conv2d(1, 1, 3, dilation=3),
                        nn.AvgPool2d(3, 2), nn.Conv2d(1, 1, 5))
    for module in net:
        if isinstance(module, nn.Conv2d):
            nn.init.ones_(module.weight)
    x = torch.zeros(1, 1, size, size, requires_grad=True)
    out = net(x)
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    seen = x.grad[0, 0].abs().sum(0).nonzero().ravel()
    assert int(seen[-1] - seen[0]) + 1 == rows_of(layers, (size, size, 1))[-1].field


def test_a_network_built_in_python():
    net = Network((8, 8, 4), ["CONV3-4 p1", Group([Residual(["CONV3-4 p1", "BN"])], 2, "pair"),
                              Branches([["CONV1-2"], []]), inception([1, 1, 2, 1, 3, 4]), "GAP", "FC-5 nobias"])
    table = network_table(net)
    assert [row.layer for row in table.rows if row.where.startswith("pair")] == ["CONV3-4 p1", "BN", "ADD"] * 2
    joined = [row for row in table.rows if row.layer == "JOIN"]
    assert [row.shape for row in joined] == [(8, 8, 6), (8, 8, 10)]
    assert table.rows[-1].params == 50 and table.rows[-1].field is None
    assert table.params == sum(row.params for row in table.rows)


def test_ceiled_size_leaves_out_a_window_behind_the_input():
    assert ceiled_size(11, 2, 3) == 4
    assert ceiled_size(12, 2, 3) == 4
    assert ceiled_size(13, 3, 2) == 6


@pytest.mark.parametrize("text", ["GAP", "BN", "AVGPOOL2", "CONV3-8 d2", "POOL2 ceil", "FC-3 nobias"])
def test_plain_stacks_stay_plain(text):
    assert read_layer(text)
    with pytest.raises(ValueError, match="plain stack"):
        parse_layer(text)


GOOD = 'input = [32, 32, 3]\nlayers = ["CONV5-6", "POOL2", "FC-10"]\n'


@pytest.mark.parametrize(("text", "said"), [
    ("input = [32, 32, 3", "is not valid TOML"),
    ('input = [32, 32, 3]\nlayers = ["CONV5-6", "POL2"]', "layer 2: 'POL2' is no layer; write CONV5-64 s1 p2"),
    ('input = [32, 32, 3]\nlayers = ["CONV5-6", 7]', "layer 2: 7 is neither a text"),
    ('input = [32, 32, 3]\nlayers = ["CONV40-6"]', "layer 1: 'CONV40-6' on 32×32×3: the kernel does not fit"),
    ('input = [32, 32, 3]\nlayers = ["CONV3-6", "CONV3-8 g4"]', "layer 2: 'CONV3-8 g4': 6 channels cannot be split"),
    ('input = [32, 32, 3]\nlayers = ["CONV3-6 d0"]', "layer 1: 'CONV3-6 d0': sizes"),
    ('input = [32, 32, 3]\nlayers = ["BN bias"]', "what such a layer does not have"),
    ('input = [32, 32, 3]\nlayers = ["POOL2 ceil floor"]', "says something twice"),
    ('input = [32, 32, 3]\nlayers = [{ residual = ["CONV3-6"] }]',
     "layer 1: ADD: 30×30×6 and 32×32×3 do not meet; the shortcut must come to the same shape"),
    ('input = [32, 32, 3]\nlayers = [{ name = "a", branches = [["CONV3-6"], ["CONV1-6"]] }]',
     "layer 1: a · JOIN: 30×30×6 and 32×32×6 do not meet; each branch must come to the same height"),
    ('input = [32, 32, 3]\nlayers = [{ inception = [1, 2] }]', "layer 1: inception = [1, 2]: write six numbers"),
    ('input = [32, 32, 3]\nlayers = [{ residul = ["CONV3-3 p1"] }]', "did you mean residual?"),
    ('input = [32, 32, 3]\nlayers = [{ shortcut = ["CONV3-3 p1"] }]', "layer 1: a block has exactly one of"),
    ('input = [32, 32, 3]\nlayers = [{ branches = [] }]', "branches is empty"),
    ('input = [32, 32, 3]\nlayers = [{ branches = ["CONV3-3"] }]', "a branch is a list of layers"),
    ('input = [32, 32, 3]\nlayers = [{ layers = ["BN"], repeat = 0 }]', "repeat = 0 is not a number from 1"),
    ('input = [32, 32, 3]\nlayers = [{ layers = ["BN"], repeat = true }]', "repeat = True is not a whole number"),
    ('input = [32, 32, 3]\nlayers = [{ layers = [' + '{ layers = [' * 8 + '"BN"' + ']}' * 9 + ']', "deep in each other"),
    ('input = [32, 32, 3]\nlayers = [{ repeat = 200, layers = [{ repeat = 200, layers = ["BN"] }] }]', "more than 3000 rows"),
    ('input = [32, 32]\nlayers = ["BN"]', "input = [32, 32] is no height"),
    ('input = [32, 32, -3]\nlayers = ["BN"]', "is no height"),
    ("input = [32, 32, 3]", "layers is missing or empty"),
    (GOOD + 'rounding = "up"', 'rounding = "up" is neither'),
    (GOOD + "bytes = 0", "bytes = 0: a value takes"),
    (GOOD + 'bias = "no"', "bias = no is not true or false"),
    (GOOD + 'lyers = "no"', "did you mean layers?"),
    ("", "is empty")])
def test_files_that_are_amiss_get_one_sentence(tmp_path, text, said):
    path = tmp_path / "net.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_table(path)
    sentence = str(caught.value)
    assert sentence.startswith(str(path)) and said in sentence and "\n" not in sentence


def test_text_and_pages(tmp_path):
    table = example("googlenet")
    text = table_text(table)
    assert "6,998,552" in text and "4e · branch 3" in text and "poolings round up" in text
    assert max(map(len, text.splitlines())) <= 106
    page = table_html(read_table_named(tmp_path, 'name = "<b>&"\n' + GOOD), "screen")
    assert "<b>&" not in page and "&lt;b&gt;&amp;" in page and "Architecture table" in page


def read_table_named(folder, text):
    path = folder / "named.toml"
    path.write_text(text, encoding="utf-8")
    return read_table(path)


def test_files_written(tmp_path):
    table = example("lenet5")
    for name in ("a.txt", "a.html", "a.pdf"):
        write_table(table, tmp_path / name, False)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "61,706" in (tmp_path / "a.html").read_text(encoding="utf-8")
    with pytest.raises(UserError, match="--force"):
        write_table(table, tmp_path / "a.txt", False)
    with pytest.raises(UserError, match=r"\.txt, \.html or \.pdf"):
        write_table(table, tmp_path / "a.docx", False)


def test_the_readmes_network_is_read():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(part for part in text.split("```toml\n") if part.startswith('name = "Mine"')).split("```")[0]
    assert network_table(read_network(tomllib.loads(block))).rows[-1].shape == (1, 1, 10)


def test_the_command(tmp_path):
    def softmark(*words):
        return subprocess.run([sys.executable, "-m", "softmark.cli", *map(str, words)], cwd=tmp_path,
                              capture_output=True, text=True, timeout=60, check=False,
                              env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})

    data = json.loads(softmark("table", NETWORKS / "resnet18.toml", "--json").stdout)
    assert data["params"] == 11_689_512 and data["rows"][0]["shape"] == [224, 224, 3]
    assert "Example" in softmark("table", "--help").stdout
    (tmp_path / "bad.toml").write_text('input = [8, 8, 1]\nlayers = ["CONV9-1"]')
    done = softmark("table", "bad.toml")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "bad.toml: layer 1" in done.stderr

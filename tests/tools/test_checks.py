"""The checks pass on this repository, and each finds what it is there to find."""

import importlib
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ("floors", "sizes", "words", "links")
sys.path.insert(0, str(ROOT / "tools"))


def check(rule, root=ROOT):
    return list(importlib.import_module(f"check_{rule}").problems(root))


@pytest.fixture
def tree(tmp_path):
    """tree({path: text}) makes a repository of these files."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.parametrize("rule", RULES)
def test_the_repository_keeps_the_rule(rule):
    assert check(rule) == []


def test_a_problem_fails_the_command(tree):
    root = tree({"a.md": "[b](b.md)\n"})
    command = [sys.executable, ROOT / "tools" / "check_links.py", root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "a.md: the link b.md leads nowhere\n")
    (root / "b.md").write_text("here\n", encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path, text, told", [
    ("src/data/a.h", '#include "model/a.h"\n', "data/ is on floor 2 and model/ on floor 6"),
    ("src/nn/a.h", '#include "optim/a.h"\n', "nn/ is on floor 5 and optim/ on floor 5"),
    ("src/base/a.h", '#include "metric/a.h"\n', "base/ is on floor 1 and metric/ on floor 1"),
    ("tests/data/a_test.cpp", '#include "train/a.h"\n', "data/ is on floor 2"),
    ("src/batch/a.cpp", "#include <ATen/core/Tensor.h>\n", "batch/ does without libtorch"),
    ("src/recipe/a.cpp", "#include <c10/util/Half.h>\n", "recipe/ does without libtorch"),
    ("src/nn/a.cpp", "  # include <torch/torch.h>\n", "only src/tensor/torch.h may"),
    ("src/attic/a.cpp", "", "attic/ has no floor"),
    ("src/data/CMakeLists.txt", "fettle_room(data SOURCES a.cpp ROOMS model)\n",
     "links model, which is not on a lower floor"),
    ("src/data/CMakeLists.txt", "fettle_room(data SOURCES a.cpp\n  ROOMS attic LIBRARIES z)\n",
     "links attic, which is no room"),
])
def test_floors_tell(tree, path, text, told):
    found = check("floors", tree({path: text}))
    assert len(found) == 1 and found[0].startswith(path) and told in found[0], found


def test_floors_let_pass_what_descends(tree):
    assert check("floors", tree({
        "src/metric/CMakeLists.txt": "fettle_room(metric SOURCES a.cpp ROOMS base)\n",
        "src/metric/a.cpp": '#include "base/error.h"\n#include "metric/a.h"\n',
        "src/tensor/torch.h": "#include <torch/torch.h>\n",
        "src/train/a.cpp": '#include "nn/a.h"\n#include <ATen/core/Tensor.h>\n',
        "tests/model/probe_a.cpp": '#include "train/a.h"\n',
    })) == []


LONG_BODY = "  f();\n" * 39


@pytest.mark.parametrize("text, told", [
    ("int f();\n" * 401, "a.cpp: 401 lines"),
    ("void f() {\n" + LONG_BODY + "}\n", "a.cpp:1: f has 41 lines"),
    ("namespace a {\nclass B {\n int g(int x)\n const {\n" + LONG_BODY + "}\n};\n}\n",
     "a.cpp:3: g has 42 lines"),
    ("B::B(int x)\n    : x_{x}, y_(1) {\n" + LONG_BODY + "}\n", "has 41 lines"),
    ("auto f = [](int x) {\n" + LONG_BODY + "};\n", "a.cpp:1:"),
    ("/* { */ const char* kA = \"{\"; const char kB = '{'; int kC = 1'000;\n"
     "const char* kD = R\"({{{)\";\nvoid g() {\n" + LONG_BODY + "}\n", "a.cpp:3: g has 41 lines"),
])
def test_sizes_tell(tree, text, told):
    found = check("sizes", tree({"src/base/a.cpp": text}))
    assert len(found) == 1 and told in found[0], found


def test_sizes_let_pass_what_fits_or_has_a_reason(tree):
    files = {
        "src/base/a.cpp": "void f() {\n" + "  f();\n" * 38 + "}\n",
        "src/base/b.cpp": "void f() {\n" + LONG_BODY + "}\n",
        "src/base/c.cpp": "struct A {\n" + "  int x;\n" * 60 + "};\n",
        "tools/size_exceptions.txt": "src/base/b.cpp:f a table that reads best in one piece\n",
    }
    assert check("sizes", tree(files)) == []
    files["tools/size_exceptions.txt"] = "src/base/b.cpp:f\n"
    assert len(check("sizes", tree(files))) == 1


def test_sizes_read_python(tree):
    body = "    pass\n"
    found = check("sizes", tree({"a.py": "def f():\n" + body * 40,
                                 "b.py": "def g():\n" + body * 39}))
    assert found == ["a.py:1: f has 41 lines; at most 40"]


@pytest.mark.parametrize("line", [
    "see /home/ann/data", "DIR=/opt/thing", "// TODO: later", "as said in the last session",
    "from https://downloads.example.net/x",
])
def test_words_tell(tree, line):
    found = check("words", tree({"a.md": f"first\n{line}\n"}))
    assert len(found) == 1 and found[0].startswith("a.md:2: "), found


@pytest.mark.parametrize("line", [
    "a tmux session", "https://arxiv.org/abs/2106.09685", "runs/demo/work/x", "mkstemp(XXXXXX)",
    "$HOME/work/x",
])
def test_words_let_pass(tree, line):
    assert check("words", tree({"a.md": line + "\n"})) == []


def test_links_tell(tree):
    found = check("links", tree({
        "a.md": "[b](docs/b.md) [c](c.md) [d](docs/b.md#some-part) [e](docs/b.md#none)\n"
                "[web](https://arxiv.org) `[x](y)`\n",
        "docs/b.md": "# Some part!\n[up](../a.md)\n",
    }))
    assert found == ["a.md: the link c.md leads nowhere",
                     "a.md: the link docs/b.md#none names a heading that is not there"]

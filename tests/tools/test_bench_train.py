"""The training benchmark's own logic: its count of operations, its gate, its rows, its picture."""

import dataclasses
import pathlib
import subprocess
import sys
import types
import xml.etree.ElementTree

import pytest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))
from harness import cases, flops, gate, machine, picture, sides, table  # noqa: E402

SMOLLM2 = flops.Shape(hidden=576, layers=30, query=576, key=192, feed_forward=1536,
                      vocabulary=49152)


def rows_of(lengths):
    return [(list(range(n)), [1] * n) for n in lengths]


# Tokens a second at 458 GF/s, worked out by hand from 4N + 6*T*dq*L + 6*r*sum(in + out) and
# 6N + 6*T*dq*L with N = 134.5 million.
@pytest.mark.parametrize(("mode", "tokens", "expected"), [
    ("lora", 256, 771), ("lora", 1024, 680), ("lora", 2048, 588), ("full", 1024, 502),
    ("full", 256, 550)])
def test_operations_of_a_step(mode, tokens, expected):
    work = flops.work_of_rows(rows_of([tokens]))
    rate = 458e9 / (flops.step_flops(SMOLLM2, work, mode, 16) / tokens)
    assert rate == pytest.approx(expected, abs=1)
    n = 134_479_872
    assert SMOLLM2.body + SMOLLM2.head == n


def test_a_shared_prefix_counts_once():
    rows = [([1, 2, 3, 4], [0, 0, 0, 1]), ([1, 2, 3, 5, 6], [0, 0, 0, 1, 1])]
    assert flops.work_of_tree(rows) == flops.Work(tokens=6, pairs=1 + 2 + 3 + 4 + 4 + 5, scored=3)
    assert flops.work_of_rows(rows).tokens == 9


def test_the_limit_without_bf16_is_fp32s():
    calm = {"fp32_gflops": 200.0, "bf16_gflops": None, "read_gbps": 20.0}
    assert flops.peak_gflops(calm, "bf16") == (200.0, "fp32 multiply-adds")
    assert flops.peak_gflops(calm | {"bf16_gflops": 400.0}, "bf16")[0] == 400.0
    assert machine.drift(calm, calm | {"read_gbps": 17.0}) == pytest.approx(0.15)
    about = {"cpu": "X", "cores": 2, "threads": 2, "vectors": "AVX-512", "bf16": False,
             "tiles": False}
    assert "emulation" in machine.header(about)
    assert "emulation" not in machine.header(about | {"bf16": True})
    assert "tiles" in machine.header(about | {"bf16": True, "tiles": True})


def test_the_gate_refuses():
    passed = gate.Verdict("lora", "bf16", 9e-6, 0.004, 200)
    assert passed.passed
    assert not dataclasses.replace(passed, first_loss=2e-5).passed
    assert not dataclasses.replace(passed, curve=0.006).passed
    assert "shortened" in dataclasses.replace(passed, steps=20).text()
    assert gate.curve_difference([3.0, 2.0], [3.0, 2.0]) == 0
    assert gate.curve_difference([3.0, 2.0], [3.0, 2.1]) > gate.CURVE
    for broken in ([3.0], [3.0, float("nan")], []):
        assert gate.curve_difference(broken, [3.0, 2.0]) == float("inf")
    assert gate.averaged([4.0, 4.0, 4.0]) == pytest.approx([4.0, 4.0, 4.0])


def made_row(peer_loss=3.0):
    """A case of two steps, the first of which is warm-up: 0.5 s for fettle, 1 s for the peer."""
    case = cases.Case("tiny", "a tiny case", tokens=8, precision="fp32", peers=("fp32",))
    rows = [{"ids": list(range(8)), "scored": [0] + [1] * 7, "step": step} for step in (0, 1)]
    job = types.SimpleNamespace(case=case, steps=2, rows=rows)
    runs = {"fettle": [sides.Run([3.0, 2.9], [101.0, 101.5], 100.0, 500_000_000)],
            "fp32": [sides.Run([peer_loss, 2.9], [110.0, 111.0], 100.0, 2_000_000_000)]}
    calm = {"fp32_gflops": 200.0, "bf16_gflops": None, "read_gbps": 20.0}
    return table.row_of(job, runs, 1, SMOLLM2, calm, sides.PEERS)


def test_a_row():
    out = table.json_row(made_row())
    assert out["tokens_per_s"] == {"fettle": 16.0, "fp32": 8.0}
    assert out["ratio"] == 2.0
    assert out["peak_mb"] == 500.0 and out["peaks_mb"]["fp32"] == 2000.0
    assert out["first_step_s"] == {"fettle": 1.0, "fp32": 10.0}
    assert out["share_of_limit"] == pytest.approx(16.0 / out["limit_tokens_per_s"], rel=1e-2)
    assert "2.00x" in table.markdown([made_row()])


def test_a_mean_of_few_predictions_scatters_in_bf16():
    assert gate.losses_agree("bf16", 4.0, 4.019, 1024)
    assert not gate.losses_agree("bf16", 4.0, 4.021, 1024)
    assert gate.losses_agree("bf16", 4.0, 4.039, 64)
    assert not gate.losses_agree("bf16", 4.0, 4.041, 64)
    assert not gate.losses_agree("fp32", 4.0, 4.0001, 1)


def test_a_row_whose_losses_differ_tells_no_speed():
    row = made_row(peer_loss=3.001)
    assert set(table.json_row(row)) & {"tokens_per_s", "ratio"} == set()
    assert "void" in table.markdown([row]) and "16" not in table.markdown([row])
    assert "<rect x=" not in picture.svg([row], "title")


def test_the_picture_is_xml():
    root = xml.etree.ElementTree.fromstring(picture.svg([made_row()], "a < b"))
    assert len([e for e in root.iter() if e.tag.endswith("rect")]) == 3


@pytest.mark.parametrize(("arguments", "said"), [
    (["--T", "1"], "--T: 1"), (["--cases", "nothing"], "lora-bf16-1024"),
    (["--cases", "demo", "--T", "64"], "--cases names whole cases"),
    (["--peers", "eagre"], "eager"), (["--rounds", "0"], "--rounds: 0")])
def test_wrong_use(arguments, said):
    done = subprocess.run([sys.executable, BENCH / "train.py", *arguments], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2 and said in done.stderr


def test_options_make_a_case():
    options = types.SimpleNamespace(cases=None, T=777, batch=2, rank=8, mode="full",
                                    precision="fp32")
    case, = cases.chosen(options)
    assert (case.tokens, case.batch, case.mode, case.precision) == (777, 2, "full", "fp32")
    assert case.peers == cases.FP32 and case.learning_rate == 1e-5

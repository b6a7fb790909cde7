"""The logic of ./dev bench generate: ratios, and rows that are refused."""

import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import generate  # noqa: E402


def test_rates_are_compared_by_their_medians():
    row = generate.compared("decode", "tok/s", {"fettle": [9.0, 10.0, 30.0], "llama.cpp": [5.0]})
    assert row["ratio"] == 2 and row["fettle"] == {"min": 9.0, "median": 10.0, "max": 30.0}
    assert generate.compared("decode", "tok/s", {"fettle": [9.0]})["ratio"] is None
    assert "2.00x" in generate.line(row)


def test_judgements_that_differ_tell_no_time():
    assert generate.agreement(["food ", "act"], ["food", "body"]) == 0.5
    row = generate.compared("labels", "s", {"fettle": [2.0], "transformers": [20.0]})
    fp32, bf16 = (types.SimpleNamespace(precision=name) for name in ("fp32", "bf16"))
    refused = generate.checked(row | {"agree": 0.5}, fp32)
    assert "ratio" not in refused and "void" in generate.line(refused)
    assert generate.checked(row | {"agree": 1.0}, fp32)["ratio"]
    assert generate.checked(row | {"agree": 0.5}, bf16)["ratio"]

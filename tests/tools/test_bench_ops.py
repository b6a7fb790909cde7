"""The logic of ./dev bench ops: rates, shares and ratios of both ways together."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import ops  # noqa: E402


def side(forward, backward, unit):
    """2 units forward and 4 backward in these seconds."""
    other = "gbps" if unit == "gflops" else "gflops"
    return {"forward_s": forward, f"forward_{unit}": 2 / forward, f"forward_{other}": None,
            "backward_s": backward, f"backward_{unit}": 4 / backward, f"backward_{other}": None}


@pytest.mark.parametrize(("unit", "limit"), [("gflops", 100.0), ("gbps", 10.0)])
def test_an_operations_rate_is_of_both_ways(unit, limit):
    read = {"op": "x", "help": "", "fettle": side(0.05, 0.10, unit), "aten": side(0.1, 0.2, unit)}
    row = ops.row_of(read, 100.0, 10.0)
    assert row["unit"] == unit and row["limit"] == limit
    assert row["fettle"]["rate"] == pytest.approx(6 / 0.15)
    assert row["aten"]["share"] == pytest.approx(6 / 0.3 / limit)
    assert row["ratio"] == pytest.approx(2)
    assert "2.00x" in ops.lines([row])


def test_an_operation_without_backward():
    alone = {"forward_s": 0.5, "forward_gflops": None, "forward_gbps": 4.0}
    row = ops.row_of({"op": "x", "help": "", "fettle": alone, "aten": alone}, 100.0, 10.0)
    assert row["fettle"]["rate"] == pytest.approx(4.0)
    assert row["ratio"] == 1

"""./dev bench train as a whole, on a tiny model: its row, and its refusal of other losses."""

import json
import os
import subprocess
import sys

import pytest

PEERS = {"fettle", "fp32"}


def bench(root, fettle, built, folder, model):
    """(the finished process, what it wrote) of one quick case."""
    environment = os.environ | {"FETTLE_BENCH": str(folder), "FETTLE_PROGRAM": str(fettle),
                                "FETTLE_BUILD": str(built("bench_calibrate").parent)}
    result = folder / "result.json"
    done = subprocess.run(
        [sys.executable, root / "bench" / "train.py", "--quick", "--model", model, "--T", "33",
         "--precision", "fp32", "--peers", "fp32", "--steps", "1", "--json", result],
        capture_output=True, text=True, check=False, env=environment)
    return done, json.loads(result.read_text()) if result.is_file() else None


@pytest.fixture(scope="module")
def tuned_peer(root):
    """The case is skipped where the tuned peer's allocator is not installed."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.syspath_prepend(root / "bench")
    from harness import sides
    monkeypatch.undo()
    try:
        sides.tcmalloc()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_a_row_is_told(root, fettle, built, tmp_path, assets, tuned_peer):
    model = assets / "models" / "stories260K"
    done, result = bench(root, fettle, built, tmp_path, model)
    assert done.returncode == 0, done.stdout + done.stderr
    verdict, = result["gate"]
    assert verdict["passed"] and verdict["first_loss"] <= 1e-5
    row, = result["rows"]
    assert row["T"] == 33 and set(row["tokens_per_s"]) == PEERS
    assert row["ratio"] == pytest.approx(
        row["tokens_per_s"]["fettle"] / row["tokens_per_s"]["fp32"], rel=0.02)
    assert 0 < row["share_of_limit"] < 1 and 20 < row["peak_mb"] < row["peaks_mb"]["fp32"]
    assert "shortened" in done.stdout and "one row of 33" in (tmp_path / "train.svg").read_text()


@pytest.mark.slow
def test_other_losses_tell_no_speed(root, fettle, built, tmp_path, assets, tuned_peer):
    model = assets / "models" / "stories260K"
    other = tmp_path / "fettle"
    other.write_text(f'#!/bin/sh\nexec "{fettle}" "$@" --set train.learning_rate=0.02\n')
    other.chmod(0o755)
    done, result = bench(root, other, built, tmp_path, model)
    assert done.returncode == 1 and result is None
    assert "FAILED" in done.stdout and "tok/s" not in done.stdout

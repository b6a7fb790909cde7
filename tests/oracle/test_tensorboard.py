"""TensorBoard's own reader and Python's json judge what a run writes for them."""

import json
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


@pytest.fixture(scope="module")
def run_folder(built, tmp_path_factory):
    """An interrupted run that went on from its checkpoint of step 60 to step 100."""
    folder = tmp_path_factory.mktemp("monitor")
    subprocess.run([str(built("probe_monitor")), str(folder)], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def logged(run_folder):
    lines = (run_folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def board(run_folder):
    reader = accumulator.EventAccumulator(str(run_folder / "tb"), size_guidance={"scalars": 0})
    reader.Reload()
    return reader


def test_tags_are_the_fields_of_steps_and_evaluations(board):
    assert sorted(board.Tags()["scalars"]) == [
        "eval/loss", "train/grad_norm", "train/learning_rate", "train/loss", "train/tokens"]


@pytest.mark.parametrize("tag, kind, field", [
    ("train/loss", "step", "loss"), ("train/learning_rate", "step", "learning_rate"),
    ("train/tokens", "step", "tokens"), ("eval/loss", "evaluation", "eval_loss")])
def test_scalars_are_the_logged_ones(board, logged, tag, kind, field):
    scalars = board.Scalars(tag)
    expected = [event for event in logged if event["event"] == kind]
    assert [scalar.step for scalar in scalars] == [event["step"] for event in expected]
    assert [scalar.wall_time for scalar in scalars] == [event["time"] for event in expected]
    assert [scalar.value for scalar in scalars] == pytest.approx(
        [event[field] for event in expected], rel=1e-6)


def test_steps_after_the_checkpoint_of_the_first_session_are_gone(board):
    assert all(scalar.value >= 0 for scalar in board.Scalars("train/loss"))
    assert [scalar.step for scalar in board.Scalars("train/loss")] == list(range(1, 101))


def test_the_log_holds_each_step_once(logged):
    steps = [event["step"] for event in logged if event["event"] == "step"]
    assert steps == list(range(1, 101))


def test_pictures_are_well_formed(run_folder):
    root = ElementTree.parse(run_folder / "curves.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (run_folder / "curves.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")

"""A run that is asked to stop, whose folder is taken, or whose checkpoints were damaged.

Whatever happens, going on with --resume ends with the bytes and the events of the run that nobody
disturbed.
"""

import random
import re
import signal
import subprocess
import time

import pytest

from tiny_run import KEPT, SAVE_STEPS, STEPS, TinyRun, in_pairs

MIDDLE = STEPS - SAVE_STEPS


@pytest.fixture(scope="module")
def tiny(fettle, assets, tmp_path_factory):
    return TinyRun(fettle, assets / "models" / "stories260K", tmp_path_factory.mktemp("resume"))


def wait_for_lock(case, process):
    """Until the process says in the folder that it runs there."""
    lock = case / "run" / ".lock"
    while not (lock.exists() and lock.read_text(encoding="utf-8") == str(process.pid)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def ask_to_stop(tiny, seed, seconds, number):
    case = tiny.case(f"{signal.Signals(number).name}-{seed}")
    process = tiny.start(case)
    wait_for_lock(case, process)
    time.sleep(seconds * random.Random(seed).uniform(0, 0.8))
    process.send_signal(number)
    _, told = process.communicate(timeout=600)
    assert process.returncode in (0, 75), (case, process.returncode, told)
    tiny.standing(case)
    if process.returncode == 75:
        assert "--resume" in told.splitlines()[-1], told
    # A save that was not due stays until rotation takes it.
    tiny.resume(case, kept=KEPT if process.returncode == 0 else None)
    assert STEPS in tiny.standing(case)
    return process.returncode


def test_asked_to_stop_at_random_moments(tiny):
    seconds = tiny.seconds()
    codes = []
    in_pairs(lambda seed: codes.append(ask_to_stop(
        tiny, seed, seconds, (signal.SIGTERM, signal.SIGINT)[seed % 2])), range(8))
    assert 75 in codes


@pytest.fixture
def endless(tiny):
    """A run that has taken its folder and is far from its end, held still."""
    case = tiny.case("endless")
    process = tiny.start(case, "--set", "train.max_steps=1000000")
    wait_for_lock(case, process)
    process.send_signal(signal.SIGSTOP)
    yield case, process
    process.kill()
    process.communicate()


def test_a_second_signal_leaves_at_once(endless):
    case, process = endless
    # Both wait for the process to go on, and arrive before anything else is done.
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    _, told = process.communicate(timeout=600)
    assert process.returncode == 75
    assert "finishing the step" in told and "is saved" not in told
    assert not list((case / "run").glob("checkpoint-*"))


@pytest.mark.parametrize("option", [(), ("--resume",), ("--overwrite",)])
def test_a_second_run_in_the_same_folder_is_refused(tiny, endless, option):
    case, process = endless
    done = tiny.train(case, *option, code=2)
    assert re.search(rf"^fettle: run: process {process.pid} is running", done.stderr), done.stderr


def flip(path):
    held = bytearray(path.read_bytes())
    held[random.Random(path.name).randrange(len(held))] ^= 0x10
    path.write_bytes(held)


def shorten(path):
    path.write_bytes(path.read_bytes()[:-3])


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


@pytest.mark.parametrize("damage", [flip, shorten, empty, remove])
@pytest.mark.parametrize("name", ["adapter_model.safetensors", "optimizer.safetensors",
                                  "fettle_state.json", "manifest.json"])
def test_a_damaged_checkpoint_is_passed_over(tiny, damage, name):
    case = tiny.finished(f"{damage.__name__}-{name}")
    if (damage, name) == (flip, "manifest.json"):
        # A sum, so that the manifest says something else.
        path = case / "run" / f"checkpoint-{STEPS}" / name
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'("xxh3_128": ")(.)', lambda found: found[1] + (
            "1" if found[2] == "0" else "0"), text, count=1), encoding="utf-8")
    else:
        damage(case / "run" / f"checkpoint-{STEPS}" / name)
    done = tiny.resume(case, after=MIDDLE)
    told = next(line for line in done.stderr.splitlines() if line.startswith("passed over: "))
    assert f"run/checkpoint-{STEPS}" in told
    if name != "manifest.json":
        why = {flip: "sum", shorten: "bytes", empty: "bytes", remove: "missing"}[damage]
        assert name in told and why in told, told


def test_with_all_checkpoints_damaged_a_run_starts_anew(tiny):
    case = tiny.finished("all-damaged")
    for step in KEPT:
        flip(case / "run" / f"checkpoint-{step}" / "optimizer.safetensors")
    done = tiny.resume(case, after=0)
    assert done.stderr.count("passed over: ") == len(KEPT)
    assert "starting anew" in done.stderr


def test_what_was_left_aside_under_the_same_process_number_is_swept(tiny):
    # In a container every run may have the same number.
    case = tiny.finished("same-number")
    left = f"run/checkpoint-{MIDDLE}.tmp-$$ run/checkpoint-{STEPS}.tmp-$$ run/eval/after.json.tmp-$$"
    done = subprocess.run(
        ["sh", "-c", f'mkdir {left} && for left in {left}; do echo 1 > "$left/junk"; done && '
         f'rm -r run/checkpoint-{STEPS} && exec "$@"', "sh", *tiny.command("--resume")],
        cwd=case, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tiny.check_end(case)


def test_a_finished_run_goes_on_to_nothing(tiny):
    case = tiny.finished("finished")
    tiny.resume(case, after=STEPS)
    # What was lost of the result is written again from the last checkpoint.
    (case / "run" / "adapter_model.safetensors").unlink()
    (case / "run" / "eval" / "after.jsonl").unlink()
    tiny.resume(case, after=STEPS)

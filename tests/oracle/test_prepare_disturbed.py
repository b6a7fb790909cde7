"""`fettle prepare` killed, interrupted, on a full disk: the bytes of an undisturbed run."""

import random
import signal
import subprocess
import time

import faults
import pytest
from preparing import SPLIT, WANTED, synthetic, write_recipe, written


@pytest.fixture(name="killing", scope="module")
def _killing(run_fettle, tmp_path_factory):
    """(recipe, undisturbed sums, its seconds) of a run that takes a few seconds."""
    folder = tmp_path_factory.mktemp("killing")
    rows = synthetic(folder / "rows.jsonl", 60000)
    recipe = write_recipe(folder, [{"path": str(rows)}], WANTED, split=SPLIT)
    began = time.monotonic()
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={folder / 'whole/out'}")
    return recipe, written(folder / "whole/out"), time.monotonic() - began


def kill_and_resume(fettle, killing, folder, moments):
    """The sums of a run that was killed `moments` seconds after each start, then let go on."""
    recipe, _, _ = killing
    out = folder / "out"
    command = [str(fettle), "prepare", str(recipe), "-q", "--set", f"output_dir={out}"]
    for moment in moments:
        resume = ["--resume"] if (out / ".work").exists() else []
        if not resume and (out / "manifest.json").exists():
            break
        process = subprocess.Popen(command + resume, stderr=subprocess.PIPE)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command + ["--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return written(out)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_the_same_bytes(fettle, killing, tmp_path, seed):
    rng = random.Random(seed)
    moments = [rng.uniform(0.01, killing[2]) for _ in range(3)]
    assert kill_and_resume(fettle, killing, tmp_path, moments) == killing[1]
    assert not (tmp_path / "out/.work").exists()


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(3, 53))
def test_killed_at_fifty_random_moments_the_same_bytes(fettle, killing, tmp_path, seed):
    rng = random.Random(seed)
    moments = [rng.uniform(0.01, killing[2]) for _ in range(rng.randint(1, 4))]
    assert kill_and_resume(fettle, killing, tmp_path, moments) == killing[1]


@pytest.fixture(name="small", scope="module")
def _small(run_fettle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    rows = synthetic(folder / "rows.jsonl", 300)
    recipe = write_recipe(folder, [{"path": str(rows)}], ["exact_duplicates"], split=SPLIT,
                          output={"num_threads": 1})
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={folder / 'whole/out'}")
    return recipe, written(folder / "whole/out")


def disturbed_calls(library, fettle, small, tmp_path):
    folder = tmp_path / "counted"
    folder.mkdir()
    return faults.count(library, [fettle, "prepare", small[0], "-q", "--set",
                                  f"output_dir={folder / 'out'}"], folder)


@pytest.mark.parametrize("mode", faults.KILLS + faults.FAILURES)
def test_disturbed_file_calls_leave_a_run_that_resumes(built, fettle, small, tmp_path, mode,
                                                       request):
    library = built("libfettle_fault.so")
    calls = disturbed_calls(library, fettle, small, tmp_path)
    every = request.config.getoption("-m") == "exhaustive"
    chosen = calls if every else random.Random(mode).sample(calls, min(6, len(calls)))
    for call in chosen:
        folder = tmp_path / f"{mode}-{call.number}"
        folder.mkdir()
        command = [fettle, "prepare", small[0], "-q", "--set", f"output_dir={folder / 'out'}"]
        done = faults.run(library, command, folder, call.number, mode)
        if mode in ("enospc", "eio", "full") and done.returncode != 0:
            message = done.stderr.strip()
            assert done.returncode == 1 and message.startswith("fettle: "), message
            assert message.count("\n") == 0 and str(folder) in message, message
        resumed = subprocess.run([*map(str, command), "--resume"], capture_output=True, text=True,
                                 check=False)
        assert resumed.returncode == 0, (call, resumed.stderr)
        assert written(folder / "out") == small[1], call


def test_interrupted_it_says_so_and_goes_on(fettle, killing, tmp_path):
    out = tmp_path / "out"
    command = [str(fettle), "prepare", str(killing[0]), "-q", "--set", f"output_dir={out}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (out / ".work/pass-0").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 75, errors
    assert "--resume" in errors
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "--resume" in refused.stderr
    assert subprocess.run(command + ["--resume"], check=False).returncode == 0
    assert written(out) == killing[1]

"""A run that is killed or starved of disk at every point there is.

Whatever happens, a checkpoint under its name is whole, and going on with --resume ends with the
bytes and the events of the run that nobody disturbed. Two kinds of points are taken: each call that
changes a file (tests/fault counts them and kills or fails the process there), and random moments.
By default every call of one save in the middle and of the end is killed, and others are sampled;
the mark `exhaustive` takes all.
"""

import random
import re
import subprocess

import pytest

import faults
from tiny_run import SAVE_STEPS, STEPS, TinyRun, in_pairs, standing

MIDDLE = STEPS - SAVE_STEPS
REASONS = {"eio": "Input/output error", "enospc": "No space left on device",
           "full": "No space left on device"}


@pytest.fixture(scope="module")
def library(built):
    return built("libfettle_fault.so")


@pytest.fixture(scope="module")
def tiny(fettle, assets, tmp_path_factory):
    return TinyRun(fettle, assets / "models" / "stories260K", tmp_path_factory.mktemp("crash"))


@pytest.fixture(scope="module")
def calls(library, tiny):
    """The numbers of the calls of an undisturbed run: of the middle save, of the end, of others."""
    case = tiny.case("counted")
    made = faults.count(library, tiny.command(), case, cwd=case)
    tiny.check_end(case)
    told = [i for i, call in enumerate(made)
            if call.name == "write" and call.path.name == "events.jsonl"]
    renamed = {int(found[1]): i for i, call in enumerate(made) if call.name == "rename"
               and (found := re.fullmatch(r"checkpoint-(\d+)\.tmp-\d+", call.path.name))}

    def told_around(step):
        return (max(i for i in told if i < renamed[step]), min(i for i in told if i > renamed[step]))

    begins, ends = told_around(MIDDLE)
    last = told_around(STEPS)[1]
    numbers = [call.number for call in made]
    middle, end = numbers[begins:ends + 1], numbers[last:]
    assert len(middle) > 60 and len(end) > 30
    return middle, end, sorted(set(numbers) - set(middle) - set(end))


def test_the_last_call_of_a_save_is_on_the_disk_before_the_next_step(library, tiny):
    case = tiny.case("order")
    made = faults.count(library, tiny.command(), case, cwd=case)
    for step in range(SAVE_STEPS, STEPS + 1, SAVE_STEPS):
        at = next(i for i, call in enumerate(made) if call.name == "rename"
                  and re.fullmatch(rf"checkpoint-{step}\.tmp-\d+", call.path.name))
        aside = made[at].path
        # Manifest last, then the folder's own entries, then the name, then the parent's entries.
        assert [(call.name, call.path.name.split(".tmp-")[0]) for call in made[at - 3:at + 2]] == [
            ("close", "manifest.json"), ("rename", "manifest.json"), ("fsync", aside.stem),
            ("rename", aside.stem), ("fsync", "run")]
        unsynced = set()
        for call in made[:at]:
            if call.path.parent == aside and call.name == "open":
                unsynced.add(call.path)
            if call.name == "fsync":
                unsynced.discard(call.path)
        assert not unsynced


def kill_at(library, tiny, number, mode):
    case = tiny.case(f"{mode}-{number}")
    done = faults.run(library, tiny.command(), case, number, mode, cwd=case)
    expected = standing(done.calls if mode == "kill-after" else done.calls[:-1])
    assert tiny.standing(case) == expected, (case, done.calls[-1])
    try:
        tiny.resume(case, after=max(expected, default=0))
    except AssertionError as error:
        raise AssertionError(f"{mode} {done.calls[-1]}") from error


@pytest.mark.slow
def test_killed_at_every_call_of_a_save_and_of_the_end(library, tiny, calls):
    # Killed before a call is killed after the one before it.
    middle, end, others = calls
    points = middle + end + others[::20]
    in_pairs(lambda number: kill_at(library, tiny, number, "kill"), points)


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", faults.KILLS)
def test_killed_at_every_call_of_a_run(library, tiny, calls, mode):
    in_pairs(lambda number: kill_at(library, tiny, number, mode), sorted(sum(calls, [])))


def is_needless(call):
    """Whether a run may go on although this call failed: nothing that counts is lost."""
    if call.name in ("unlinkat", "unlink", "remove", "rmdir"):
        return True  # what is left over is swept at the next start
    closed_at_the_end = call.path.name in ("events.jsonl", ".lock") or "tfevents" in call.path.name
    return call.name == "close" and closed_at_the_end  # all that was written is synced by then


def fail_at(library, tiny, number, mode):
    case = tiny.case(f"{mode}-{number}")
    done = faults.run(library, tiny.command(), case, number, mode, cwd=case)
    call = done.calls[number - 1]
    told = [line for line in done.stderr.splitlines() if line.startswith("fettle: ")]
    point = (case, mode, call, done.returncode, done.stderr[-500:])
    if done.returncode == 0:
        grows = any(later.name in ("open", "fopen", "write", "pwrite", "mkdir", "symlink",
                                   "ftruncate") for later in done.calls[number - 1:])
        assert mode == "short" or is_needless(call) or (mode == "full" and not grows), point
        assert not told, point
    else:
        assert done.returncode == 1 and len(told) == 1, point
        assert REASONS[mode] in told[0] and "run" in told[0].split(": ")[1], point
    before = standing(done.calls[:number - 1])
    assert max(tiny.standing(case), default=0) >= max(before, default=0), point
    try:
        tiny.resume(case)
    except AssertionError as error:
        raise AssertionError(str(point)) from error


@pytest.mark.slow
@pytest.mark.parametrize("mode", faults.FAILURES)
def test_failed_at_calls_of_a_save_and_of_the_end(library, tiny, calls, mode):
    middle, end, others = calls
    # Each mode takes other calls; together the four take every second one.
    first = 2 * faults.FAILURES.index(mode)
    points = (middle + end)[first::8] + others[first::80]
    in_pairs(lambda number: fail_at(library, tiny, number, mode), points)


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", faults.FAILURES)
def test_failed_at_every_call_of_a_run(library, tiny, calls, mode):
    in_pairs(lambda number: fail_at(library, tiny, number, mode), sorted(sum(calls, [])))


def kill_at_random(tiny, seed, seconds):
    draw = random.Random(seed)
    case = tiny.case(f"random-{seed}")
    for _ in range(4):
        process = tiny.start(case, "--resume")
        try:
            process.communicate(timeout=seconds * draw.uniform(0.3, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        assert process.returncode in (0, faults.KILLED), seed
        tiny.standing(case)
    tiny.resume(case)


@pytest.mark.slow
def test_killed_at_200_random_moments(tiny):
    seconds = tiny.seconds()
    in_pairs(lambda seed: kill_at_random(tiny, seed, seconds), range(50))


@pytest.mark.parametrize("at", [1, 7, 14, 21, 28, 32])
def test_killed_while_an_old_run_is_replaced(library, tiny, at):
    case = tiny.finished(f"replaced-{at}")
    made = faults.run(library, tiny.command("--overwrite"), case, 4 + at, "kill", cwd=case).calls
    assert not any("recipe.yaml.tmp-" in call.path.name and call.name == "open" for call in made)
    tiny.standing(case)
    tiny.train(case, "--overwrite")
    tiny.check_end(case)

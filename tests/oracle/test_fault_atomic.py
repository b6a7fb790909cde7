"""A save through base/file.h's AtomicFile, disturbed at every call that it makes.

Whatever happens, the name holds the whole old or the whole new content, and a save that says it
failed has left nothing half-written behind.
"""

import pytest

import faults

OLD = b"o" * 1_000_000
NEW = b"n" * 2_500_000


@pytest.fixture(scope="module")
def library(built):
    return built("libfettle_fault.so")


@pytest.fixture(scope="module")
def save(built):
    """The command that saves NEW under a path."""
    program = built("atomic_probe")
    return lambda path: [program, path, "n", str(len(NEW))]


def put_old(target, exists):
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.iterdir():
        left.unlink()
    if exists:
        target.write_bytes(OLD)


def content(target):
    return target.read_bytes() if target.exists() else None


def others(target):
    return [path.name for path in target.parent.iterdir() if path != target]


def calls_of(library, save, target, exists):
    put_old(target, exists)
    calls = faults.count(library, save(target), target.parent)
    assert content(target) == NEW
    return calls


def test_a_save_makes_the_calls_that_a_power_cut_asks_for(library, save, tmp_path):
    names = [call.name for call in calls_of(library, save, tmp_path / "in" / "file", True)]
    assert names[0] == "open"
    assert names.count("write") >= 2
    # The data is on the disk before its name is, and the name before the save returns.
    assert names[-4:] == ["fsync", "close", "rename", "fsync"]


@pytest.mark.parametrize("exists", [True, False], ids=["over-old", "new-name"])
@pytest.mark.parametrize("mode", faults.KILLS)
def test_killed_at_every_call(library, save, tmp_path, mode, exists):
    target = tmp_path / "in" / "file"
    calls = calls_of(library, save, target, exists)
    old = OLD if exists else None
    renamed = next(call.number for call in calls if call.name == "rename")
    for call in calls:
        put_old(target, exists)
        faults.run(library, save(target), target.parent, call.number, mode)
        after = call.number > renamed or (call.number == renamed and mode == "kill-after")
        assert content(target) == (NEW if after else old), call
        # What was left aside does not stand in the way of the next save.
        faults.count(library, save(target), target.parent)
        assert content(target) == NEW


@pytest.mark.parametrize("exists", [True, False], ids=["over-old", "new-name"])
@pytest.mark.parametrize("mode", faults.FAILURES)
def test_failed_at_every_call(library, save, tmp_path, mode, exists):
    target = tmp_path / "in" / "file"
    calls = calls_of(library, save, target, exists)
    old = OLD if exists else None
    failed = 0
    for call in calls:
        put_old(target, exists)
        done = faults.run(library, save(target), target.parent, call.number, mode)
        if done.returncode == 0:
            assert content(target) == NEW, call
        else:
            failed += 1
            reason = "Input/output error" if mode == "eio" else "No space left on device"
            assert done.returncode == 1 and reason in done.stderr, (call, done.stderr)
            assert str(target.parent) in done.stderr, call
            # Only the folder's own sync comes after the name is given: the content is whole.
            assert content(target) == (NEW if call.number == len(calls) else old), call
        assert others(target) == [], call
    # A single failure is never overlooked; a disk that is full fails what needs room.
    writing = sum(call.name in ("open", "write") for call in calls)
    assert failed == {"short": 0, "full": writing}.get(mode, len(calls))


def test_a_call_that_is_not_reached_is_told(library, save, tmp_path):
    with pytest.raises(AssertionError, match="calls in"):
        faults.run(library, save(tmp_path / "file"), tmp_path, 1000, "kill")

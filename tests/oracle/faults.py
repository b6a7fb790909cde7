"""Runs a program with one of its file-changing calls disturbed: tests/fault/fault.h says how.

    calls = faults.count(library, [program, ...], folder)
    for call in calls:
        done = faults.run(library, [program, ...], folder, call.number, "kill")

Calls are counted a process; the folder is the only place that is watched.
"""

import collections
import os
import pathlib
import signal
import subprocess
import tempfile

# kill and kill-after end the process; the others make the call, or all that need room, fail.
KILLS = ("kill", "kill-after")
FAILURES = ("enospc", "eio", "full", "short")
KILLED = -signal.SIGKILL

Call = collections.namedtuple("Call", "number name path")


def environment(library, folder, log, at=None, mode=None):
    """Of a process whose calls in the folder are counted in the log, one of them disturbed."""
    folder = pathlib.Path(folder).resolve(strict=True)
    given = {"LD_PRELOAD": str(library), "FETTLE_FAULT_PATH": str(folder),
             "FETTLE_FAULT_LOG": str(log)}
    if at is not None:
        given |= {"FETTLE_FAULT_AT": str(at), "FETTLE_FAULT_MODE": mode}
    return os.environ | given


def _run(library, command, folder, at=None, mode="kill", timeout=600, **options):
    """Returns what subprocess.run does; .calls are those that were counted."""
    with tempfile.TemporaryDirectory() as aside:
        log = pathlib.Path(aside, "calls")
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                              timeout=timeout, env=environment(library, folder, log, at, mode),
                              **options)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    done.calls = [Call(int(number), name, pathlib.Path(path))
                  for number, name, path in (line.split(" ", 2) for line in lines)]
    return done


def count(library, command, folder, **options):
    """The calls that the undisturbed command makes in the folder; it must succeed."""
    done = _run(library, command, folder, **options)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.calls, f"{command}: changes nothing in {folder}; is {library} a library to preload?"
    return done.calls


def run(library, command, folder, at, mode, **options):
    """Runs the command with call number `at` disturbed; returns what subprocess.run does.

    The result's .calls are those counted, to the end or to the kill.
    Fails where that call was never reached: the test would then have tested nothing.
    """
    assert mode in KILLS + FAILURES, mode
    done = _run(library, command, folder, at, mode, **options)
    assert len(done.calls) >= at, f"{command}: made {len(done.calls)} calls in {folder}, not {at}"
    if mode in KILLS:
        assert done.returncode == KILLED, f"{command}: {done.returncode}, expected SIGKILL"
    return done

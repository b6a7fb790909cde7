"""Time and peak memory of one program, whoever starts it.

Linux keeps a process's largest resident size across exec, so a program started by a large one (a
Python with torch loaded) would be charged for its starter's memory. This file, run as a script, is
the small starter between the two.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def measured(command, stdin=None):
    """(seconds, peak resident bytes, exit code, standard output) of a program."""
    figures, output = all_measured(command, stdin)
    return figures["seconds"], figures["peak"], figures["code"], output


def all_measured(command, stdin=None):
    """({seconds, processor: seconds of all its threads, peak, code}, standard output)."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        starter = [sys.executable, "-S", "-E", str(pathlib.Path(__file__).resolve()), str(report)]
        done = subprocess.run(starter + [str(word) for word in command], stdin=stdin,
                              stdout=subprocess.PIPE, text=True, check=True)
        figures = json.loads(report.read_text(encoding="utf-8"))
    return figures, done.stdout


def main(report, *command):
    began = time.monotonic()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    figures = {"seconds": time.monotonic() - began, "peak": usage.ru_maxrss * 1024,
               "processor": usage.ru_utime + usage.ru_stime,
               "code": os.waitstatus_to_exitcode(status)}
    pathlib.Path(report).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Adds up JUnit reports: names what was skipped and what failed, ends in one line of counts.

usage: summary.py REPORT.xml ...
Exit code 1 when a test failed, or when a report is missing, unreadable or has no tests.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """passed, failed or skipped, and the first line of the reason."""
    for tag, kind in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            return kind, reason(case, found)
    return "passed", ""


def reason(case, found):
    """Why a test did not pass: pytest says it in the mark, GoogleTest in its output."""
    output = (case.findtext("system-out") or "").strip().splitlines()
    after_skip = [i + 1 for i, line in enumerate(output) if line.strip().endswith(": Skipped")]
    if after_skip and after_skip[0] < len(output):
        return output[after_skip[0]].strip()
    lines = (found.get("message") or "").strip().splitlines()
    return lines[0] if lines else ""


def name_of(case):
    """pytest keeps the module in classname; ctest repeats the name there."""
    module, name = case.get("classname") or "", case.get("name") or "?"
    return name if module in ("", name) else f"{module}::{name}"


def main(paths):
    counts = collections.Counter()
    notes = {"skipped": [], "failed": []}
    for path in map(pathlib.Path, paths):
        try:
            cases = list(ElementTree.parse(path).iter("testcase"))
        except (OSError, ElementTree.ParseError) as error:
            cases = []
            notes["failed"].append(f"{path}: no report ({error})")
        if not cases and not notes["failed"]:
            notes["failed"].append(f"{path}: no test ran")
        for case in cases:
            kind, why = outcome(case)
            counts[kind] += 1
            if kind in notes:
                notes[kind].append(f"{name_of(case)}: {why}" if why else name_of(case))
    for kind, lines in notes.items():
        for line in lines:
            print(f"{kind}: {line}")
    counts["failed"] = len(notes["failed"])
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

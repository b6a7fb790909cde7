"""Adds up JUnit reports: names what was skipped and what failed, ends in one line of counts.

usage: summary.py REPORT.xml=CODE ...   CODE is what the runner that wrote it exited with
Exit code 1 when a test failed, or when a report is missing, unreadable or has no tests, or when its
runner failed for another reason.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """passed, failed or skipped, and the first line of the reason."""
    for tag, kind in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            why = reason(case, found)
            # ctest reports a test whose program is missing as one that did not run.
            asked_for = case.get("status") != "notrun" or "SKIP_" in found.get("message", "")
            return kind if asked_for else "failed", why
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


def read(path):
    """The test cases of a report, and why there are none."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        return [], f"no report ({error})"
    return cases, "" if cases else "no test ran"


def main(reports):
    passed = 0
    notes = {"skipped": [], "failed": []}
    for path, _, code in (report.rpartition("=") for report in reports):
        cases, problem = read(path)
        failed_before = len(notes["failed"])
        for case in cases:
            kind, why = outcome(case)
            passed += kind == "passed"
            if kind in notes:
                notes[kind].append(f"{name_of(case)}: {why}" if why else name_of(case))
        if not problem and code != "0" and len(notes["failed"]) == failed_before:
            problem = f"its runner exited with {code}"
        if problem:
            notes["failed"].append(f"{path}: {problem}")
    for kind, lines in notes.items():
        for line in lines:
            print(f"{kind}: {line}")
    failed, skipped = len(notes["failed"]), len(notes["skipped"])
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

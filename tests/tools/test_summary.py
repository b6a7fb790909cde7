"""The last lines of ./dev test add up what the two runners report."""

import pathlib
import subprocess
import sys

SUMMARY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "summary.py"

CTEST = """<testsuite tests="3">
<testcase name="base.A" classname="base.A" status="run"/>
<testcase name="data.B" classname="data.B" status="notrun">
  <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
  <system-out>[ RUN      ] B
/a/b_test.cpp:7: Skipped
no test data

[  SKIPPED ] B
</system-out></testcase>
{failed}</testsuite>"""
FAILED = '<testcase name="base.C" classname="base.C"><failure message="Failed"/></testcase>'
PYTEST = """<testsuites><testsuite>
<testcase classname="tests.oracle.test_x" name="test_y"/>
<testcase classname="tests.oracle.test_x" name="test_z"><skipped message="no GPU"/></testcase>
</testsuite></testsuites>"""


def summary(tmp_path, *texts, code=0):
    paths = []
    for i, text in enumerate(texts):
        paths.append(tmp_path / f"{i}.xml")
        if text is not None:
            paths[-1].write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, SUMMARY, *(f"{path}={code}" for path in paths)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_adds_up_and_names_the_skipped(tmp_path):
    assert summary(tmp_path, CTEST.format(failed=""), PYTEST) == (0, [
        "skipped: data.B: no test data",
        "skipped: tests.oracle.test_x::test_z: no GPU",
        "2 passed, 0 failed, 2 skipped"])


def test_a_failure_fails_the_whole(tmp_path):
    code, lines = summary(tmp_path, CTEST.format(failed=FAILED), PYTEST)
    assert code == 1
    assert lines[-2:] == ["failed: base.C: Failed", "2 passed, 1 failed, 2 skipped"]


def test_a_report_that_is_missing_torn_or_empty_is_a_failure(tmp_path):
    for bad in (None, "<testsuite", "<testsuite/>"):
        code, lines = summary(tmp_path, PYTEST, bad)
        assert code == 1 and lines[-1] == "1 passed, 1 failed, 1 skipped", lines


def test_a_program_that_was_not_built_is_a_failure(tmp_path):
    missing = ('<testcase name="test_a_NOT_BUILT" classname="test_a_NOT_BUILT" status="notrun">'
               '<skipped message="Unable to find executable"/></testcase>')
    code, lines = summary(tmp_path, CTEST.format(failed=missing))
    assert code == 1 and lines[-1] == "1 passed, 1 failed, 1 skipped", lines


def test_a_runner_that_fails_without_a_failed_test_is_a_failure(tmp_path):
    code, lines = summary(tmp_path, CTEST.format(failed=""), code=8)
    assert code == 1 and lines[-2].endswith("its runner exited with 8"), lines
    code, lines = summary(tmp_path, CTEST.format(failed=FAILED), code=8)
    assert code == 1 and lines[-1] == "1 passed, 1 failed, 1 skipped", lines

#!/usr/bin/env bash
# Called by ./dev test, in the repository's root, when everything is built: [--quick|--all]
set -uo pipefail
build=build/release
scope=${1:-}
if [[ -n $scope && $scope != --quick && $scope != --all ]]; then
  echo "./dev test: \"$scope\" is not an option; there are --quick and --all" >&2
  exit 2
fi
rm -f "$build/ctest.xml" "$build/pytest.xml"

ctest_options=(--test-dir "$build" --output-on-failure -j2 --output-junit ctest.xml)
pytest_options=(-q "--junitxml=$build/pytest.xml")
if [[ $scope == --quick ]]; then
  ctest_options+=(-LE slow)
  pytest_options+=(-m 'not slow and not exhaustive')
elif [[ $scope != --all ]]; then
  pytest_options+=(-m 'not exhaustive')
fi
# A terminal sees each test pass; a log is told of those that do not.
[[ -t 1 ]] || ctest_options+=(--quiet)

echo "== ctest: fettle's own tests"
ctest "${ctest_options[@]}" </dev/null
ctest_code=$?
echo "== pytest: against independent implementations, and the rules of the house"
.venv/bin/python -m pytest "${pytest_options[@]}" </dev/null
pytest_code=$?
.venv/bin/python tools/summary.py "$build/ctest.xml=$ctest_code" "$build/pytest.xml=$pytest_code"

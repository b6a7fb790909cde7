#!/usr/bin/env bash
# Called by ./dev check, in the repository's root: [--all|--fast]. Goes through every check, then says
# which did not pass.
set -uo pipefail
scope=${1:-}
if [[ -n $scope && $scope != --all && $scope != --fast ]]; then
  echo "./dev check: \"$scope\" is not an option; there are --all and --fast" >&2
  exit 2
fi
python=.venv/bin/python
failed=()

check() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

sources() { git ls-files -co --exclude-standard -- "$@"; }

formatted() {
  sources '*.cpp' '*.h' | xargs -r .venv/bin/clang-format --dry-run -Werror --style=file
}

scripts_pass() { sources dev .ci/run '*.sh' | xargs -r shellcheck -x; }

python_compiles() {
  sources '*.py' | xargs -r $python -c '
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path)'
}

check format formatted
check shell scripts_pass
check python python_compiles
for rule in floors sizes words links; do
  check $rule $python tools/check_$rule.py
done
if [[ $scope != --fast ]]; then check tidy bash tools/tidy.sh "$scope"; fi

if ((${#failed[@]})); then
  echo "not passed: ${failed[*]}"
  exit 1
fi
echo "All checks passed."

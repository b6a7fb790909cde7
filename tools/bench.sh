#!/usr/bin/env bash
# Called by ./dev bench, in the repository's root, when everything is built: [benchmark [option ...]],
# by default every bench/*.py without options. Each says first what it measures.
set -euo pipefail

says() {
  .venv/bin/python -c 'import ast, sys
print((ast.get_docstring(ast.parse(open(sys.argv[1]).read())) or "").split("\n")[0])' "$1"
}

run() {
  local script=bench/$1.py
  echo "== $1: $(says "$script")"
  .venv/bin/python "$script" "${@:2}"
}

if (($# == 0)); then
  for script in bench/*.py; do
    run "$(basename "$script" .py)"
  done
elif [[ -f bench/$1.py ]]; then
  run "$@"
else
  echo "./dev bench: there is no bench/$1.py; there are:" bench/*.py >&2
  exit 2
fi

#!/usr/bin/env bash
# Called by ./dev bench, in the repository's root, when everything is built: [benchmark ...], by
# default every bench/*.py. Each says first what it measures.
set -euo pipefail
names=("$@")
if ((${#names[@]} == 0)); then
  for script in bench/*.py; do
    [[ -f $script ]] && names+=("$(basename "$script" .py)")
  done
fi
((${#names[@]})) || { echo "bench/ holds no benchmarks." >&2; exit 1; }
for name in "${names[@]}"; do
  script=bench/$name.py
  [[ -f $script ]] || { echo "./dev bench: there is no $script" >&2; exit 2; }
  echo "== $name: $(.venv/bin/python -c 'import ast, sys
print((ast.get_docstring(ast.parse(open(sys.argv[1]).read())) or "").split("\n")[0])' "$script")"
  .venv/bin/python "$script"
done

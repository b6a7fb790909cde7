#!/usr/bin/env bash
# clang-tidy over the sources of floors 1 to 3 and those changed since the branch left main;
# --all: over all, tests too. A file that includes libtorch's autograd takes half a minute.
set -euo pipefail
folder=build/tidy
mkdir -p $folder
# The other builds join files together; clang-tidy wants each file's own command.
cmake --preset debug -B $folder -DCMAKE_CXX_COMPILER=clang++ -DFETTLE_TORCH="${FETTLE_TORCH:-}" \
  >$folder/configure.log 2>&1 || { cat $folder/configure.log; exit 1; }

changed() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || true)
  git diff --name-only --diff-filter=d "${base:-HEAD}" -- 'src/*.cpp'
  git ls-files -o --exclude-standard -- 'src/*.cpp'
}

if [[ ${1:-} == --all ]]; then
  files=$(git ls-files -co --exclude-standard -- 'src/*.cpp' 'tests/*.cpp')
else
  files=$(git ls-files -- src/{base,metric,data,tokenize,monitor,hpo,store,batch}/'*.cpp'; changed)
fi
# A file that no target names yet has no command to check it with.
sort -u <<<"$files" | while read -r file; do
  if grep -qsF "/$file\"" $folder/compile_commands.json; then echo "$file"; fi
done | xargs -r -n 2 -P "$(nproc)" clang-tidy -p $folder --quiet --warnings-as-errors='*' \
  2> >(grep -vE '^[0-9]+ warnings? (generated|treated)' >&2)

#!/usr/bin/env bash
# Runs each parser's libFuzzer target for SECONDS (60), as many at once as there are cores, and
# fails on a crash, a leak, an input that takes ten seconds, or two gigabytes of memory.
#   tools/fuzz.sh [SECONDS] [TARGET...]     targets: gguf, json, ... as in fuzz/
# Starts from fuzz/corpus/TARGET and what earlier runs found; an input that fails is kept.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/fuzz
seconds=${1:-60}
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "tools/fuzz.sh: \"$seconds\" is no number of seconds; try tools/fuzz.sh 60" >&2
  exit 2
fi
shift || true

mkdir -p $folder/findings $folder/logs
cmake --preset fuzz -DCMAKE_UNITY_BUILD=ON -DFETTLE_ROOMS="base;metric;data;tokenize;tensor;serve;recipe" \
  >$folder/configure.log 2>&1 ||
  { cat $folder/configure.log; exit 1; }
wanted=("${@/#/fuzz_}")
[[ $# -gt 0 ]] || wanted=(fuzzers)
ninja -C $folder "${wanted[@]}" >$folder/build.log 2>&1 || { tail -n 40 $folder/build.log; exit 1; }

targets=("$@")
if [[ $# -eq 0 ]]; then
  for source in fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi

fuzz_one() {
  local name=$1 log=$folder/logs/$1.log
  mkdir -p "$folder/corpus/$name"
  if "$folder/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -max_len=16384 -artifact_prefix="$folder/findings/$name-" -print_final_stats=1 \
    "$folder/corpus/$name" "fuzz/corpus/$name" >"$log" 2>&1; then
    echo "$name: no fault in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    echo "$name: FAILED; the input is in $folder/findings, the report in $log:"
    grep -m 3 -E "ERROR|runtime error|SUMMARY|Test unit written" "$log" || tail -n 5 "$log"
    return 1
  fi
}
export -f fuzz_one
export folder seconds

printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -euo pipefail -c 'fuzz_one {}' ||
  { echo "Run an input again: $folder/fuzz_TARGET $folder/findings/FILE"; exit 1; }

# Sourced by ./dev: configures and builds build/release, only where something has changed.
# shellcheck shell=bash

readonly BUILD=build/release

# One compiler at a time for every 1.5 GB of free memory, at most one a core.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  echo $((memory < 1 ? 1 : memory < cores ? memory : cores))
}

# What ninja cannot see: which rooms there are, which libtorch to take, whether tests are wanted.
configuration() {
  echo "tests=$1 torch=$2"
  find src tests -name CMakeLists.txt | sort
}

# configure TESTS LIBTORCH: TESTS is ON or OFF; LIBTORCH a folder, or nothing for the one in .venv.
configure() {
  local stamp=$BUILD/.configured wanted
  wanted=$(configuration "$@")
  [[ -f $BUILD/build.ninja && -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  local -a options=(-DFETTLE_TESTS="$1" -DFETTLE_TORCH="$2" -UFETTLE_TORCH_INCLUDE -UFETTLE_ROOMS)
  [[ -z ${CMAKE_PREFIX_PATH:-} ]] || options+=("-DCMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH//:/;}")
  local log
  mkdir -p "$BUILD"
  log=$BUILD/configure.log
  if ! cmake --preset release "${options[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    fail "CMake could not configure $BUILD; its reason stands above."
  fi
  echo "$wanted" >"$stamp"
}

# build_targets TARGET...: builds these, or everything where none is named.
build_targets() {
  [[ $(ninja -C "$BUILD" -n "$@") == *"no work to do"* ]] && return
  say "Building (a clean build takes a few minutes)"
  ninja -C "$BUILD" -j "$(build_jobs)" "$@" >&2 || fail "The build failed; the reason stands above."
}

# Tests stay in the build once they are in it, so that ./dev build and ./dev test can take turns.
tests_wanted() {
  if grep -qs '^tests=ON' "$BUILD/.configured"; then echo ON; else echo OFF; fi
}

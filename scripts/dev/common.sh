# What the commands of ./dev share. The working directory is the root of the project.
# shellcheck shell=bash

# So that objects made with the precompiled header come from the cache too.
export CCACHE_SLOPPINESS=pch_defines,time_macros

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

usage_error() {
  printf 'dev: %s; see ./dev %s --help\n' "$1" "$2" >&2
  exit 2
}

no_arguments() {
  local command=$1
  shift
  (($# == 0)) || usage_error "\"$1\" is not understood" "$command"
}

# run_command NAME [ARGUMENT...]: another command of ./dev, from inside one.
run_command() (
  # shellcheck source=/dev/null
  source "scripts/dev/$1.sh"
  shift
  main "$@"
)

# configure PRESET: only when it was not done, or the presets changed since; ninja sees to everything else.
configure() {
  local stamp=build/$1/presets.sha256
  if [[ ! -f build/$1/build.ninja ]] || ! sha256sum --check --status "$stamp" 2> /dev/null; then
    say "Configuring build/$1"
    cmake --preset "$1" --log-level=NOTICE > /dev/null # Only what is wrong.
    sha256sum CMakePresets.json > "$stamp"
  fi
}

# build PRESET [TARGET...]
build() {
  local preset=$1 targets=()
  shift
  (($# == 0)) || targets=(--target "$@")
  configure "$preset"
  say "Building build/$preset"
  cmake --build --preset "$preset" "${targets[@]}"
}

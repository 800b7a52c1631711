# shellcheck shell=bash
# Check the form of the sources and look for mistakes
#
# Usage: ./dev lint [--quick]
#
# clang-format for the form, shellcheck for the scripts, and a build of the programs with clang and clang-tidy, warnings
# as errors, in build/lint: several minutes the first time, later only what changed is looked at. --quick leaves it out.

main() {
  local quick=no
  if [[ ${1:-} == --quick ]]; then
    quick=yes
    shift
  fi
  no_arguments lint "$@"
  run_command setup

  say "clang-format"
  find app cmake engine tests ui -name '*.cpp' -print0 -o -name '*.h' -print0 |
    xargs -0 --no-run-if-empty -n 20 -P "$(nproc)" clang-format --dry-run --Werror
  say "shellcheck"
  shellcheck --external-sources dev .ci/run scripts/dev/*.sh
  if [[ $quick == yes ]]; then
    return
  fi
  configure lint
  say "clang and clang-tidy"
  cmake --build --preset lint -- -k 0
  echo "Nothing was found."
}

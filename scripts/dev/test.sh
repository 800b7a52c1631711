# shellcheck shell=bash
# Run the tests, with sanitizers and without
#
# Usage: ./dev test [--fast] [CTEST ARGUMENT...]
#
# Builds and runs the tests of the engine and the command line under AddressSanitizer and UndefinedBehaviorSanitizer,
# then all tests in the dev build. The last lines are always a summary of ctest: that of the run that failed, or of
# the last one. --fast leaves the sanitizers out. Other arguments go to ctest: ./dev test --fast -R tst_plan

main() {
  local fast=no
  if [[ ${1:-} == --fast ]]; then
    fast=yes
    shift
  fi
  local jobs
  jobs=$(nproc)

  run_command setup
  build dev
  if [[ $fast == no ]]; then
    build asan
    say "Testing build/asan"
    # The sanitizers are for the unit tests: e2e starts whole programs, project looks at the source tree.
    ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
      LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0" \
      ctest --preset asan --parallel "$jobs" --label-exclude '^(project|e2e)$' "$@"
  fi
  say "Testing build/dev"
  ctest --preset dev --parallel "$jobs" "$@"
}

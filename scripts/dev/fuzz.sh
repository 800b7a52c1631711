# shellcheck shell=bash
# Feed the parsers with broken input
#
# Usage: ./dev fuzz [SECONDS] [NAME]
#
# Builds tests/fuzz with clang, libFuzzer and the sanitizers and runs every harness for SECONDS (20 when none are
# given), or only fuzz_NAME. Starts from tests/fuzz/corpus/NAME where there is one and keeps what it learns in
# build/fuzz/corpus. Input that breaks a harness is kept in build/fuzz/crashes and the command fails.

run_harness() {
  local name=$1 seconds=$2
  local learnt=build/fuzz/corpus/$name seeds=tests/fuzz/corpus/$name folders
  mkdir -p "$learnt" build/fuzz/crashes
  folders=("$learnt")
  if [[ -d $seeds ]]; then
    folders+=("$seeds")
  fi
  say "fuzz_$name, $seconds s"
  "build/fuzz/bin/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="build/fuzz/crashes/$name-" "${folders[@]}"
}

main() {
  local seconds=20
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
  fi
  (($# <= 1)) || usage_error "one name is enough" fuzz
  local name=${1:-} sources=(tests/fuzz/fuzz_*.cpp)
  if [[ -n $name ]]; then
    sources=("tests/fuzz/fuzz_$name.cpp")
  fi
  [[ -f ${sources[0]} ]] || usage_error "there is no harness \"${name:-fuzz_*.cpp}\"" fuzz

  run_command setup
  local targets=() source harness failed=()
  for source in "${sources[@]}"; do
    targets+=("$(basename "$source" .cpp)")
  done
  build fuzz "${targets[@]}"
  for harness in "${targets[@]}"; do
    run_harness "${harness#fuzz_}" "$seconds" || failed+=("$harness")
  done
  ((${#failed[@]} == 0)) || fail "broken: ${failed[*]}; the inputs are in build/fuzz/crashes"
  echo "No harness was broken."
}

# shellcheck shell=bash
# Feed the parsers with broken input
#
# Usage: ./dev fuzz [SECONDS] [NAME]
#
# Builds tests/fuzz with clang, libFuzzer and the sanitizers and runs every harness for SECONDS (20 when none are
# given), or only fuzz_NAME; as many side by side as there are processors. Starts from tests/fuzz/corpus/NAME and the
# project's own samples, takes words from tests/fuzz/dict/NAME.dict, each where there is one, and keeps what it learns
# in build/fuzz/corpus. What a harness prints is in build/fuzz/logs. Input that breaks a harness is kept in
# build/fuzz/crashes and the command fails.

# Files of the project that a harness starts from besides its corpus.
samples() {
  case $1 in
    manifest) printf '%s\n' resources/packs/*/pack.yaml tests/plan/packs/*/pack.yaml ;;
    module) printf '%s\n' tests/plan/packs/*/modules/*/module.yaml ;;
    plan) printf '%s\n' tests/plan/golden/*.plan.json ;;
  esac
}

collect_samples() {
  local name=$1 folder=build/fuzz/samples/$1 sample count=0
  rm -rf "$folder"
  mkdir -p "$folder"
  while IFS= read -r sample; do
    cp "$sample" "$folder/$((++count))"
  done < <(samples "$name")
}

# Only in the background: the harness takes the place of the shell, so that it can be ended.
run_harness() {
  local name=$1 seconds=$2
  local learnt=build/fuzz/corpus/$name seeds=tests/fuzz/corpus/$name words=tests/fuzz/dict/$name.dict options=()
  mkdir -p "$learnt" build/fuzz/crashes build/fuzz/logs
  collect_samples "$name"
  [[ ! -f $words ]] || options+=("-dict=$words")
  options+=("$learnt" "build/fuzz/samples/$name")
  [[ ! -d $seeds ]] || options+=("$seeds")
  exec "build/fuzz/bin/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$name-" "${options[@]}" &> "build/fuzz/logs/$name.log"
}

# report NAME STATUS: one line for a harness that went well, the end of its log for one that broke.
report() {
  local name=$1 log=build/fuzz/logs/$1.log units coverage
  if (($2 != 0)); then
    say "fuzz_$name broke"
    tail -n 40 "$log"
    return
  fi
  units=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  printf 'fuzz_%-14s %12s inputs, %s edges\n' "$name" "$units" "$coverage"
}

# Waits for one harness that runs in the background; of the caller: running, failed.
reap() {
  local ended status=0
  wait -n -p ended || status=$?
  report "${running[$ended]}" "$status"
  ((status == 0)) || failed+=("fuzz_${running[$ended]}")
  unset "running[$ended]"
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
  local targets=() source harness failed=() jobs
  local -A running=()
  jobs=$(nproc)
  for source in "${sources[@]}"; do
    targets+=("$(basename "$source" .cpp)")
  done
  build fuzz "${targets[@]}"
  say "Fuzzing, $seconds s each, $jobs side by side"
  trap 'jobs -p | xargs --no-run-if-empty kill 2> /dev/null || true' EXIT
  for harness in "${targets[@]}"; do
    while ((${#running[@]} >= jobs)); do
      reap
    done
    run_harness "${harness#fuzz_}" "$seconds" &
    running[$!]=${harness#fuzz_}
  done
  while ((${#running[@]} > 0)); do
    reap
  done
  trap - EXIT
  ((${#failed[@]} == 0)) || fail "broken: ${failed[*]}; the inputs are in build/fuzz/crashes"
  echo "No harness was broken."
}

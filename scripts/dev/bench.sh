# shellcheck shell=bash
# Measure, next to well-known tools doing the same work
#
# Usage: ./dev bench [NAME [ARGUMENT...]]
#
# Builds tests/bench in the release build and runs every benchmark, or only bench_NAME. Figures mean something only on
# a machine that does nothing else at the same time.
#
# run takes --steps N (10000), --rounds N (3) and --items N (100000), the size of a map; 0 leaves that part out.
# verify takes the size of the bundle's artifact in MiB (1024).

main() {
  local name=${1:-} sources=(tests/bench/bench_*.cpp)
  if [[ -n $name ]]; then
    sources=("tests/bench/bench_$name.cpp")
    [[ -f ${sources[0]} ]] || usage_error "there is no benchmark \"$name\"" bench
    shift
  fi

  run_command setup
  build release benchmarks
  local source bench
  for source in "${sources[@]}"; do
    bench=$(basename "$source" .cpp)
    say "$bench"
    "build/release/bin/$bench" "$@"
  done
}

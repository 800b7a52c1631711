# shellcheck shell=bash
# Compile everything
#
# Usage: ./dev build [PRESET]
#
# PRESET is one of CMakePresets.json: dev (when none is named), release, asan, lint or fuzz. The result stands in
# build/PRESET, its programs in build/PRESET/bin. Installs missing packages first, like ./dev setup.

main() {
  (($# <= 1)) || usage_error "one preset is enough" build
  local preset=${1:-dev}
  [[ $preset =~ ^(dev|release|asan|lint|fuzz)$ ]] || usage_error "there is no preset \"$preset\"" build
  run_command setup
  build "$preset"
  echo "Built build/$preset"
}

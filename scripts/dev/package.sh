# shellcheck shell=bash
# Make the Debian package
#
# Usage: ./dev package
#
# Builds the release preset and writes build/taskrunner-console_VERSION_ARCHITECTURE.deb.

main() {
  no_arguments package "$@"
  run_command setup
  build release
  say "Packing"
  cpack --config build/release/CPackConfig.cmake
}

# shellcheck shell=bash
# Build the programs and show them at work on a sample
#
# Usage: ./dev run
#
# Installs what is missing and builds the release preset. On a desktop it opens the console with the sample pack
# inventory-audit. Without one it takes the same pack through the command line: plan, simulate, run, approve, export
# the evidence, verify it. Nobody at a terminal to approve: then it approves by itself, and says so.
# Everything that the demonstration stores is in build/demo; your own runs are not touched.

bin=build/release/bin
pack=resources/packs/inventory-audit
demo=build/demo

taskrunner() {
  printf '\n$ taskrunner %s\n' "$*"
  "$bin/taskrunner" --data-dir "$demo/data" "$@"
}

run_to_the_end() {
  local status=0 reason="Nobody sits at a terminal; approved by ./dev run."
  taskrunner run "$pack" || status=$?
  run_id=$("$bin/taskrunner" --data-dir "$demo/data" runs | grep -om 1 'run_[0-9A-Z]\{26\}') ||
    fail "the run was not started (exit code $status)"
  if ((status == 3)); then
    [[ ! -t 0 ]] || fail "the run waits; decide with: $bin/taskrunner --data-dir $demo/data approve $run_id review"
    say "Nobody sits at a terminal, so this script approves"
    status=0
    taskrunner approve "$run_id" review --reason "$reason" || status=$?
  fi
  ((status == 0)) || fail "the run did not succeed (exit code $status)"
}

main() {
  no_arguments run "$@"
  run_command setup
  if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    build release taskrunner-console taskrunner taskrunner-exec
    say "Opening the console with the sample inventory-audit"
    exec "$bin/taskrunner-console" --sample
  fi

  build release taskrunner taskrunner-exec
  say "No display, so the command line runs the sample inventory-audit"
  rm -rf "$demo"
  mkdir -p "$demo"
  taskrunner validate "$pack"
  taskrunner plan "$pack"
  taskrunner simulate "$pack"
  local run_id=
  run_to_the_end
  taskrunner artifacts "$run_id"
  taskrunner evidence "$run_id" --output "$demo/$run_id.evidence.tar"
  taskrunner verify "$demo/$run_id.evidence.tar"

  say "Done"
  echo "planHash $("$bin/taskrunner" plan "$pack" --canonical | sha256sum | sed 's/^\([0-9a-f]*\).*/sha256:\1/')"
  echo "evidence $demo/$run_id.evidence.tar, verified"
}

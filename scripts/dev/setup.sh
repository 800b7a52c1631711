# shellcheck shell=bash
# Install the Debian packages that are missing
#
# Usage: ./dev setup
#
# Reads the list in packaging/build-packages.txt. When nothing is missing it changes nothing and needs no rights;
# otherwise it calls apt-get, with sudo unless it runs as root.

packages() { awk '!/^#/ && NF { print $1 }' packaging/build-packages.txt; }

missing_packages() {
  local installed
  # shellcheck disable=SC2046 # Package names hold no spaces.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' $(packages) 2> /dev/null |
    awk '$1 == "installed" { print $2 }') || true
  comm -23 <(packages | sort) <(sort -u <<< "$installed")
}

main() {
  no_arguments setup "$@"
  command -v dpkg-query > /dev/null ||
    fail "this system has no dpkg; packaging/build-packages.txt lists what has to be installed"

  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    echo "Every package that the project needs is installed."
    return
  fi

  say "Installing ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo > /dev/null ||
      fail "installing packages needs root, and there is no sudo; run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q --yes --no-install-recommends "${missing[@]}"
}

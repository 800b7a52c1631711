#!/bin/sh
# greet: a program small enough to be read before it is released.
VERSION=1.2.0

case "${1:-}" in
--version) echo "greet $VERSION" ;;
"") echo "Hello." ;;
*) echo "Hello, $1." ;;
esac

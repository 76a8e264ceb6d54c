#!/bin/sh
# Prints what is built here: the release, and a digest of the files named and of Debian's packages. What the Dockerfile itself
# sets (environment, command) is not in it.
#   stamp.sh <package.json> <file or folder> …
set -eu
release=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$1")
[ -n "$release" ] || { echo "stamp.sh: $1 names no version" >&2; exit 1; }
content=$({
  find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  dpkg-query --show
} | sha256sum | cut -c1-8)
echo "$release+$content"

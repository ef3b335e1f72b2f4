#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# need.sh WHAT:PACKAGE ...: each WHAT is a command, or a file (a glob, if it
# begins with '/'). Installs the Debian packages of those that are missing
# when root; otherwise prints the command that would, and fails.

have() {
	case $1 in
	/*) for f in $1; do [ -e "$f" ] && return 0; done; return 1 ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

missing=
for pair in "$@"; do
	have "${pair%%:*}" || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

# shellcheck disable=SC2086 # a list of words on purpose
set -- $(printf '%s\n' $missing | sort -u)
command="apt-get install -y --no-install-recommends $*"
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "missing packages; as root, run:  apt-get update && $command" >&2
	exit 1
fi
echo "$command"
export DEBIAN_FRONTEND=noninteractive
exec </dev/null
# Two jobs of one make may come here at once.
exec 9>/var/lock/noexit-need.lock
flock 9 2>/dev/null
$command >/dev/null 2>&1 || { apt-get update && $command; }

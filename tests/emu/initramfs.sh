#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# initramfs.sh BUSYBOX OUTPUT: packs the guest's root file system: busybox and
# tests/emu/guest-init. The same input gives the same bytes.
set -eu
here=$(dirname "$(readlink -f "$0")")
busybox=$1
output=$2
[ -e "$output" ] && [ "$output" -nt "$busybox" ] &&
	[ "$output" -nt "$here/guest-init" ] && [ "$output" -nt "$0" ] && exit 0

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{bin,dev,proc,sys,tmp,root}
install -m 755 "$busybox" "$tree/bin/busybox"
install -m 755 "$here/guest-init" "$tree/init"
ln -s busybox "$tree/bin/sh"
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . -print0 | LC_ALL=C sort -z |
	cpio --null --create --format=newc --reproducible --owner=0:0 --quiet
) | gzip -9n >"$output.tmp"
mv "$output.tmp" "$output"

# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Sourced by the runners: where things are, and how a program of the private
# root (fetch.sh) is run.

emu_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
BUILD=$(readlink -f "${BUILD:-build}")
cache=$(readlink -f "${NOEXIT_CACHE:-$BUILD/emu}")
root=$cache/root
lib=$root/usr/lib/x86_64-linux-gnu

# Found by the programs themselves: plugins, ROMs.
export LTDL_LIBRARY_PATH=$lib/bochs/plugins BXSHARE=$root/usr/share/bochs
export QEMU_MODULE_DIR=$lib/qemu

# With the board of tests/spr. SPR_PLAIN=1: without IPI virtualization.
bochs_program=("$root/lib64/ld-linux-x86-64.so.2" --library-path "$lib"
	--preload "$BUILD/spr.so" "$root/usr/bin/bochs-bin")
qemu_program=("$root/lib64/ld-linux-x86-64.so.2" --library-path "$lib"
	"$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu"
	-L "$root/usr/share/seabios")

# show COMMAND...: prints it as a shell would take it, without the loader.
show()
{
	while [ "$1" != "${1#"$root"/lib64}" ] || [[ $1 == --* ]]; do
		# The loader, or an option of it and its argument.
		[[ $1 == --* ]] && shift
		shift
	done
	printf '+' >&2
	printf ' %q' "${@/#$PWD\//}" >&2
	echo >&2
}

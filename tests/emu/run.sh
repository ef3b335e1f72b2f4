#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh [iso|ovmf|kernel|gdb]: what `make run` and its siblings do. Without
# an argument: the two VMs of conf/two-vms.conf on a machine with VMX, which
# is QEMU where KVM offers nested VMX, and Bochs otherwise. QEMU under TCG has
# no VMX: there the hypervisor shows its refusal and ends.
set -eu
. "$(dirname "$(readlink -f "$0")")/env.sh"
run=$BUILD/run/interactive
mkdir -p "$run"

# Without a terminal, show what the console says until the shell is there.
follow()
{
	"$@" -t 300 -e '^(\(linux\) )?GUEST: shell' -o "$run"
	cat "$run/com1.txt"
	echo "run: ended: $(cat "$run/end.txt")"
}

mode=${1:-vmx}
case $mode in
efi | ovmf) "$emu_dir/image.sh" -e two-vms "$run/esp" ;;
kernel | gdb) ;;
*) "$emu_dir/image.sh" two-vms "$BUILD/noexit.iso" ;;
esac

terminal=()
[ -t 0 ] && terminal=(-i)
case $mode in
vmx)
	command=("$emu_dir/bochs.sh" -c 3)
	if grep -qw vmx /proc/cpuinfo && [ -w /dev/kvm ]; then
		command=("$emu_dir/qemu.sh" -k -c 4)
	fi
	if [ -t 0 ]; then
		command+=(-i -o "$run")
	else
		command=(follow "${command[@]}")
	fi
	case ${command[*]} in
	*qemu.sh*) "${command[@]}" -m 1024 iso "$BUILD/noexit.iso" ;;
	*) "${command[@]}" -m 1024 "$BUILD/noexit.iso" ;;
	esac
	;;
iso) "$emu_dir/qemu.sh" "${terminal[@]}" -t 60 -o "$run" \
	iso "$BUILD/noexit.iso" ;;
ovmf) "$emu_dir/qemu.sh" "${terminal[@]}" -t 60 -o "$run" \
	efi "$run/esp" ;;
kernel) "$emu_dir/qemu.sh" "${terminal[@]}" -t 60 -o "$run" \
	kernel "$BUILD/noexit.elf" ;;
gdb)
	"$emu_dir/qemu.sh" -g -t 86400 -o "$run" kernel "$BUILD/noexit.elf" &
	trap 'kill $!' EXIT
	sleep 1
	gdb -ex 'target remote 127.0.0.1:1234' "$BUILD/noexit.elf"
	;;
*)
	echo "run.sh: unknown mode $mode" >&2
	exit 2 ;;
esac
[ -t 0 ] || [ "$mode" = vmx ] || cat "$run/e9.txt" "$run/com1.txt"

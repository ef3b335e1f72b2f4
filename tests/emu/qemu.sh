#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# qemu.sh [options] MODE FILE: boots on QEMU. MODE and FILE:
#	iso FILE.iso	a disc, SeaBIOS		usb FILE.iso	a USB stick, SeaBIOS
#	ovmf FILE.iso	a disc, OVMF and GRUB	efi DIR		a FAT volume, OVMF
#	kernel FILE.elf	PVH entry, no firmware menu
# Options:
#	-c N	CPUs (1)		-m N	RAM in MiB (512)
#	-t N	seconds until the run is ended (120)
#	-o DIR	directory of its files (a new one under $BUILD/run)
#	-e RE	end the run when a line of the output matches
#	-n	no serial port
#	-i	interactive: the serial port is this terminal
#	-g	wait for a debugger at TCP port 1234
#	-k	KVM with nested VMX instead of TCG, which has no VMX
#	-a "A"	the hypervisor's command line, with `kernel`
# Leaves DIR/e9.txt (port 0xE9), DIR/com1.txt, DIR/end.txt (how it ended:
# `exit STATUS`, matched, timeout).
set -eu
. "$(dirname "$(readlink -f "$0")")/env.sh"
cpus=1 memory=512 limit=120 out= match= serial=1 interactive= gdb= words=
accel=(-accel tcg -cpu max)
while getopts c:m:t:o:e:a:nigk option; do
	case $option in
	c) cpus=$OPTARG ;;
	m) memory=$OPTARG ;;
	t) limit=$OPTARG ;;
	o) out=$OPTARG ;;
	e) match=$OPTARG ;;
	a) words=$OPTARG ;;
	n) serial= ;;
	i) interactive=1 ;;
	g) gdb=1 ;;
	k) accel=(-accel kvm -cpu host) ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
mode=$1
file=$(readlink -f "$2")
if [ -z "$out" ]; then
	mkdir -p "$BUILD/run"
	out=$(mktemp -d "$BUILD/run/qemu.XXXXXX")
fi
mkdir -p "$out"
out=$(readlink -f "$out")
rm -f "$out"/{e9,com1,end,stderr}.txt

machine=q35,pcspk-audiodev=none
args=(-audiodev none,id=none -smp "$cpus" -m "$memory" -nic none
	-display none -vga std -no-reboot
	-debugcon "file:$out/e9.txt"
	-device isa-debug-exit,iobase=0xf4,iosize=4)
# APIC IDs above 254 need x2APIC, which needs interrupt remapping.
if ((cpus > 254)); then
	machine+=,kernel-irqchip=split
	args+=(-device intel-iommu,intremap=on,eim=on)
fi
if [ -n "$interactive" ]; then
	args+=(-serial mon:stdio)
elif [ -n "$serial" ]; then
	args+=(-serial "file:$out/com1.txt")
else
	args+=(-serial none)
fi
[ -z "$gdb" ] || args+=(-S -gdb tcp:127.0.0.1:1234)

ovmf()
{
	cp "$root/usr/share/OVMF/OVMF_VARS_4M.fd" "$out/vars.fd"
	args+=(-drive "if=pflash,format=raw,unit=0,readonly=on,file=$root/usr/share/OVMF/OVMF_CODE_4M.fd"
		-drive "if=pflash,format=raw,unit=1,file=$out/vars.fd")
}

case $mode in
iso) args+=(-cdrom "$file") ;;
usb) args+=(-device qemu-xhci -device usb-storage,drive=stick
	-drive "file=$file,if=none,id=stick,format=raw,readonly=on") ;;
ovmf)
	ovmf
	args+=(-cdrom "$file") ;;
efi)
	ovmf
	args+=(-drive "format=raw,file=fat:rw:$file") ;;
kernel)
	args+=(-kernel "$file")
	[ -z "$words" ] || args+=(-append "$words") ;;
*)
	echo "qemu.sh: unknown mode $mode" >&2
	exit 2 ;;
esac

qemu=("${qemu_program[@]}" -M "$machine" "${accel[@]}" "${args[@]}")
show "${qemu[@]}"
if [ -n "$interactive" ]; then
	exec "${qemu[@]}"
fi
"${qemu[@]}" </dev/null >"$out/stderr.txt" 2>&1 &
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null || true; rm -f "$out/vars.fd"' EXIT
trap 'exit 130' INT TERM

end=
start=$SECONDS
while [ -z "$end" ] && kill -0 "$pid" 2>/dev/null; do
	sleep 0.2
	if [ -n "$match" ] && cat "$out/e9.txt" "$out/com1.txt" 2>/dev/null |
			grep -aqE -- "$match"; then
		end=matched
	elif ((SECONDS - start >= limit)); then
		end=timeout
	fi
done
if [ -z "$end" ]; then
	status=0
	wait "$pid" || status=$?
	end="exit $status"
fi
echo "$end" >"$out/end.txt"

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bochs.sh [options] IMAGE.iso: boots a disc on an emulated Sapphire Rapids.
#	-c N	CPUs (1)		-m N	RAM in MiB (512)
#	-t N	seconds until the run is ended (120)
#	-o DIR	directory of its files (a new one under $BUILD/run)
#	-e RE	end the run when a line of the output matches
#	-p	plain: a CPU without IPI virtualization
#	-i	interactive: COM1 is this terminal
#	-d	deterministic: without RDRAND and RDSEED, which Bochs seeds from
#		the clock (Linux would wait for entropy for ever)
# Leaves DIR/e9.txt (port 0xE9), DIR/com1.txt, DIR/bochs.log, DIR/end.txt
# (why it ended: shutdown, matched, triple-fault, timeout).
set -eu
. "$(dirname "$(readlink -f "$0")")/env.sh"
cpus=1 memory=512 limit=120 out= match= interactive= without=
while getopts c:m:t:o:e:dip option; do
	case $option in
	c) cpus=$OPTARG ;;
	m) memory=$OPTARG ;;
	t) limit=$OPTARG ;;
	o) out=$OPTARG ;;
	e) match=$OPTARG ;;
	d) without=" rdrand rdseed" ;;
	i) interactive=1 ;;
	p) export SPR_PLAIN=1 ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
image=$(readlink -f "$1")
if [ -z "$out" ]; then
	mkdir -p "$BUILD/run"
	out=$(mktemp -d "$BUILD/run/bochs.XXXXXX")
fi
mkdir -p "$out"
out=$(readlink -f "$out")
rm -f "$out"/{e9,com1,end,stderr}.txt "$out/bochs.log" "$image.lock"

# Time is the count of instructions; for a person, no faster than the clock.
com1="mode=file, dev=$out/com1.txt" sync=none
if [ -n "$interactive" ]; then
	com1="mode=term, dev=$out/com1.tty" sync=slowdown
fi

# AMX has no XFD here, and Linux wants both or none. LA57 switches between
# host and guest are a panic of Bochs 3.0.
cat >"$out/bochsrc" <<EOT
config_interface: textconfig
display_library: term
cpu: model=sapphire_rapids, count=$cpus, ips=50000000, quantum=16, reset_on_triple_fault=0, ignore_bad_msrs=1, msrs="$emu_dir/msrs.def", exclude_features="amx amx_int8 amx_bf16 la57$without"
memory: guest=$memory, host=$memory
romimage: file=$BXSHARE/BIOS-bochs-latest, options=fastboot
vgaromimage: file=$root/usr/share/vgabios/vgabios.bin
vga: extension=vbe, update_freq=1, realtime=0
pci: enabled=1, chipset=i440fx
clock: sync=$sync, time0=1700000000
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, parallel=0, gameport=0
floppy_bootsig_check: disabled=1
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata1-master: type=cdrom, path="$image", status=inserted
boot: cdrom
com1: enabled=1, $com1
port_e9_hack: enabled=1, all_rings=1
log: $out/bochs.log
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
EOT

bridge=
if [ -n "$interactive" ]; then
	# Ctrl-] leaves; everything else, Ctrl-C too, goes to the guest.
	echo "Console of COM1; Ctrl-] ends the run." >&2
	saved=$(stty -g)
	socat "pty,raw,echo=0,link=$out/com1.tty" \
		"stdio,raw,echo=0,escape=0x1d" <&0 &
	bridge=$!
	while [ ! -e "$out/com1.tty" ]; do sleep 0.05; done
fi

bochs=("${bochs_program[@]}" -q -f "$out/bochsrc")
show "${bochs[@]}"
# Its exit status is always 1. Its output, without a terminal, is port 0xE9.
TERM=dumb "${bochs[@]}" >"$out/e9.txt" 2>"$out/stderr.txt" </dev/null &
pid=$!
finish()
{
	# It catches SIGTERM and goes on.
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	[ -z "$bridge" ] || kill "$bridge" 2>/dev/null || true
	[ -z "${saved:-}" ] || stty "$saved"
	rm -f "$image.lock"
}
trap finish EXIT
trap 'exit 130' HUP INT TERM

end=shutdown
start=$SECONDS
while kill -0 "$pid" 2>/dev/null; do
	sleep 0.2
	if [ -n "$match" ] && grep -aqE -- "$match" "$out/e9.txt" \
			"$out/com1.txt" 2>/dev/null; then
		end=matched
		break
	fi
	if [ -n "$interactive" ]; then
		kill -0 "$bridge" 2>/dev/null || { end=closed; break; }
		continue
	fi
	# A triple fault of the machine itself never ends Bochs.
	if grep -aq '3rd (13) exception with no resolution' \
			"$out/bochs.log" 2>/dev/null; then
		end=triple-fault
		break
	fi
	if ((SECONDS - start >= limit)); then
		end=timeout
		break
	fi
done
# The last bytes of a serial line are written when it is closed.
echo "$end" >"$out/end.txt"
grep -aq '>>PANIC<<' "$out/bochs.log" 2>/dev/null &&
	! grep -aq 'Shutdown port: shutdown requested' "$out/bochs.log" &&
	echo "panic: $(grep -a -m1 '>>PANIC<<' "$out/bochs.log")" \
		>"$out/end.txt"
exit 0

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh: what guest-tests/bench measures on one emulated CPU. A tick is one
# instruction (no cycles), so the VMREAD, VMWRITE and MSR instructions that
# the hypervisor executed per exit stand in a second table.
set -eu
. "$(dirname "$(readlink -f "$0")")/env.sh"
. "$emu_dir/checks.sh"
dir=$BUILD/run/bench
mkdir -p "$dir"
"$emu_dir/image.sh" bench "$dir/disc.iso"
SPR_COUNT=1 "$emu_dir/bochs.sh" -d -t 600 -o "$dir" "$dir/disc.iso"
rm -f "$dir/disc.iso"

console | grep -a '^BENCH ' | awk '
	BEGIN {
		target["cpuid"] = target["vmcall"] = 200
		target["port-read-uart-lsr"] = 250
		target["port-read-unhandled"] = 250
		target["mmio-read-ioapic"] = 400
		target["wrmsr-tsc-deadline"] = 300
		printf "%-28s %8s %8s %8s %8s\n", \
			"round trip (ticks)", "median", "min", "max", "target"
	}
	{
		goal = ($2 in target) ? target[$2] : ""
		over = (goal != "" && $3 > goal) ? "  over" : ""
		printf "%-28s %8d %8d %8d %8s%s\n", $2, $3, $4, $5, goal, over
		n++
	}
	END { exit n == 0 }' || {
	echo "bench: no figures; the run's output is in $dir"
	exit 1
}
echo
awk '
	BEGIN {
		name[1] = "external interrupt"; name[10] = "CPUID"
		name[12] = "HLT"; name[18] = "VMCALL"
		name[30] = "I/O instruction"; name[31] = "RDMSR"
		name[32] = "WRMSR"; name[44] = "APIC access"
		name[48] = "EPT violation"; name[49] = "EPT misconfiguration"
		name[52] = "preemption timer"; name[56] = "APIC write"
		printf "%-22s %8s %8s %8s %8s %8s\n", "per exit, by reason", \
			"exits", "VMREAD", "VMWRITE", "RDMSR", "WRMSR"
	}
	/^COUNT reason/ {
		reason = $3 + 0
		printf "%-22s %8d %8.1f %8.1f %8.1f %8.1f\n", \
			(reason in name) ? name[reason] : "reason " reason, \
			$4, $7, $9, $11, $13
	}' "$dir/stderr.txt"

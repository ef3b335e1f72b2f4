#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run-tests.sh [UNIT-TEST ...]: unit-test programs, then the cases below on
# the emulators, JOBS (2) at a time. CASES=regex selects cases by name.
# Closes with `N passed, N failed, N skipped`. What a case left is in
# $BUILD/run/NAME.
set -u
. "$(dirname "$(readlink -f "$0")")/env.sh"
. "$emu_dir/checks.sh"
run=$BUILD/run
jobs=${JOBS:-2}
mkdir -p "$run"
passed=0 failed=0 skipped=0

# ---- table: name | runner and its options | image | check

table()
{
	local n k

	# Every way to start it, on a machine without VMX.
	cat <<-'END'
	boot-bios-iso	| qemu.sh iso		| hello | refused
	boot-bios-usb	| qemu.sh usb		| hello | refused
	boot-uefi-grub	| qemu.sh ovmf		| hello | refused
	boot-uefi-app	| qemu.sh efi		| hello | refused
	boot-pvh	| qemu.sh kernel	| -     | refused
	boot-pvh-cpus-8	| qemu.sh -c 8 kernel	| -     | refused
	boot-cpus-1	| qemu.sh -c 1 iso	| hello | refused_cpus 1
	boot-cpus-2	| qemu.sh -c 2 iso	| hello | refused_cpus 2
	boot-cpus-8	| qemu.sh -c 8 iso	| hello | refused_cpus 8
	boot-cpus-64	| qemu.sh -c 64 iso	| hello | refused_cpus 64
	boot-cpus-288	| qemu.sh -c 288 -t 240 iso | hello | refused_cpus 288
	boot-uefi-cpus-8 | qemu.sh -c 8 efi	| hello | refused_cpus 8
	boot-no-serial	| qemu.sh -n iso	| hello | refused
	boot-uefi-no-serial | qemu.sh -n ovmf	| hello | refused
	boot-ram-256	| qemu.sh -m 256 iso	| hello | refused
	boot-ram-6g	| qemu.sh -m 6144 iso	| hello | refused
	boot-uefi-ram-6g | qemu.sh -m 6144 efi	| hello | refused
	END
	# On the emulated Sapphire Rapids.
	for n in 1 2 4; do
		echo "bochs-cpus-$n | bochs.sh -c $n | hello | cpus $n"
	done
	guests
	for k in old new; do
		for n in 1 2 4; do
			echo "linux-$k-$n | bochs.sh -c $n -t 600 |" \
				"linux-$k-$n | linux $n"
		done
	done
	# Unicast IPIs: the CPU does them, or the walk of the same table.
	for k in x2apic xapic; do
		echo "linux-ipi-$k | bochs.sh -c 4 -t 900 | linux-ipi-$k |" \
			"linux_ipi ipiv 3000"
		echo "linux-walk-$k | bochs.sh -p -c 4 -t 900 |" \
			"linux-ipi-$k | linux_ipi pi 3000"
	done
	echo "two-vms | bochs.sh -c 3 -t 900 | two-vms-test | two_vms"
}

# One case for each guest as guests.table says, and one for each
# conf/guests-*.conf, whose line `# run: OPTIONS` gives options of bochs.sh.
guests()
{
	local elf name vcpus memory check more conf

	mkdir -p "$run/conf"
	for elf in "$BUILD"/guests/*.elf; do
		name=$(basename "$elf" .elf)
		vcpus=1 memory=64M check=guest more=
		while read -r n v m c rest; do
			[ "$n" = "$name" ] || continue
			vcpus=$v memory=$m check=$c more=$rest
		done < <(grep -v '^#' "$emu_dir/guests.table")
		[ "$vcpus" = - ] && continue
		guest_conf >"$run/conf/guest-$name.conf"
		echo "guest-$name | bochs.sh -c $vcpus -t 400 |" \
			"$run/conf/guest-$name.conf | ${check//:/ }"
	done
	for conf in "$emu_dir"/conf/guests-*.conf; do
		[ -e "$conf" ] || continue
		name=$(basename "$conf" .conf)
		echo "$name | bochs.sh $(sed -n 's/^# run://p' "$conf") |" \
			"$conf | guest $(grep -c '^\[vm' "$conf")"
	done
}

# The configuration of one guest; a hostile one has a neighbour on its CPU.
guest_conf()
{
	cat <<-END
	[noexit]
	end = poweroff
	prefix = yes
	[vm guest]
	kernel = $name.elf
	memory = $memory
	vcpus = $vcpus
	on_reset = stop
	${more//;/$'\n'}
	END
	case $check in
	outlived)
		echo 'until = neighbour'
		neighbour 'count=20'
		;;
	both)
		neighbour 'count=20 ms=10'
		;;
	beside)
		neighbour 'ms=5'
		echo 'until = guest'
		;;
	esac
}

neighbour() # [OPTIONS]
{
	cat <<-END
	[vm neighbour]
	kernel = neighbour.elf
	memory = 16M
	cpus = 0
	cmdline = "$*"
	END
}

# ---- running them

# build_image MODE IMAGE DIR: prints the file for the runner.
build_image()
{
	local mode=$1 image=$2 dir=$3

	case $mode in
	kernel) echo "$BUILD/noexit.elf" ;;
	efi) "$emu_dir/image.sh" -e "$image" "$dir/esp" && echo "$dir/esp" ;;
	*) "$emu_dir/image.sh" "$image" "$dir/disc.iso" &&
		echo "$dir/disc.iso" ;;
	esac
}

# one_case NAME COMMAND IMAGE CHECK: prints its line.
one_case()
{
	local name=$1 command=$2 image=$3 check=$4 file reason start=$SECONDS
	local dir=$run/$name words mode=iso

	rm -rf "$dir"
	mkdir -p "$dir"
	read -ra words <<<"$command"
	[ "${words[0]}" = qemu.sh ] && mode=${words[-1]}
	if ! file=$(build_image "$mode" "$image" "$dir" 2>"$dir/image.txt"); then
		echo "FAIL $name no image: $(tail -n 1 "$dir/image.txt")"
		return
	fi
	"$emu_dir/${words[0]}" -o "$dir" "${words[@]:1}" "$file" \
		>"$dir/runner.txt" 2>&1
	# shellcheck disable=SC2086 # a name and its arguments
	if reason=$(check_$check); then
		reason=PASS
	else
		reason="FAIL $(head -n 1 <<<"$reason")"
	fi
	# Images are large and can be made again.
	rm -rf "$dir/disc.iso" "$dir/esp"
	echo "${reason%% *} $name ${reason#* } ($((SECONDS - start)) s)" |
		sed 's/ PASS (/ (/'
}

count()
{
	case $1 in
	PASS*) ((passed++)) ;;
	FAIL*) ((failed++)) ;;
	SKIP*) ((skipped++)) ;;
	esac
}

if [ $# -gt 0 ]; then
	closing=
	while IFS= read -r line; do
		echo "$line"
		closing=$line
	done < <("$emu_dir/../unit/run.sh" "$@" | sed '$s/^/unit tests: /')
	read -r _ _ passed _ failed _ <<<"$closing"
fi

while IFS='|' read -r name command image check; do
	name=$(xargs <<<"$name")
	[[ -z ${CASES:-} || $name =~ $CASES ]] || continue
	while (($(jobs -rp | wc -l) >= jobs)); do
		wait -n
	done
	one_case "$name" "$(xargs <<<"$command")" "$(xargs <<<"$image")" \
		"$(xargs <<<"$check")" | tee "$run/$name.result" &
	names+=("$name")
done < <(table)
wait

for name in "${names[@]}"; do
	count "$(cat "$run/$name.result")"
done
if ((failed)); then
	echo "what failed left its output in $run/NAME:"
	for name in "${names[@]}"; do
		grep '^FAIL' "$run/$name.result"
	done
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))

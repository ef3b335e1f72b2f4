# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Sourced by run-tests.sh: what a run must have left. Each check looks at
# $dir (e9.txt, com1.txt, end.txt), prints a reason and fails, or is silent.

# Everything that the machine printed, without CR. Port 0xE9 and COM1 carry
# the same text; in a run without one of them the other has more lines.
console()
{
	local file best=/dev/null most=0 lines

	for file in "$dir/com1.txt" "$dir/e9.txt"; do
		lines=$(grep -ac . "$file" 2>/dev/null)
		if ((${lines:-0} > most)); then
			best=$file
			most=$lines
		fi
	done
	tr -d '\r' <"$best"
}

wants() # REGEX [WHAT]
{
	console | grep -aqE -- "$1" && return
	echo "missing: ${2:-$1}"
	return 1
}

refuses() # REGEX
{
	local line

	line=$(console | grep -aE -m1 -- "$1") || return 0
	echo "found: $line"
	return 1
}

ended_well()
{
	wants 'NOEXIT END status=0 ' 'NOEXIT END status=0' || {
		console | grep -a 'NOEXIT END' | tail -n 1
		echo "run: $(cat "$dir/end.txt")"
		return 1
	}
}

# No VMX: refused by name, with the cure, and a status for scripts.
check_refused()
{
	ended_well >/dev/null && { echo "not refused"; return 1; }
	wants 'NOEXIT END status=3 ' || {
		echo "run: $(cat "$dir/end.txt")"
		return 1
	}
}

check_refused_cpus() # N: as above, having counted the CPUs
{
	check_refused && wants "\b$1 CPUs?\b" "$1 CPUs"
}

# Refused, with the text on a console that needs no serial port.
check_status() # N
{
	wants "NOEXIT END status=$1 "
}

check_hello()
{
	wants 'hello: 2 s' && ended_well
}

check_cpus() # N
{
	wants "\b$1 CPUs?\b" "$1 CPUs" && check_hello
}

# The guests' lines, one VM after the other. A line of the VM that has the
# keyboard may be broken by others' lines, so each VM's text is put together
# again and cut where a line of the protocol begins.
guest_lines()
{
	console | awk '
		/^\[ *[0-9]+\.[0-9]+\] c[0-9]+ / { next }
		{
			vm = ""
			if (match($0, /^\([^ )]+\) /)) {
				vm = substr($0, 1, RLENGTH)
				$0 = substr($0, RLENGTH + 1)
			}
			text[vm] = text[vm] $0
		}
		END {
			for (vm in text) {
				gsub(/TEST |BEGIN |HEARTBEAT |END [0-9]/, "\n&",
					text[vm])
				print text[vm]
			}
		}'
}

# `TEST name PASS|FAIL|SKIP reason`, then `END n`, from N virtual machines.
check_guest() # N
{
	local text ends=${1:-1}

	text=$(guest_lines |
		grep -aoE '^(TEST [^ ]+ (PASS|FAIL|SKIP).*|END [0-9]+)')
	grep -m1 ' FAIL' <<<"$text" && return 1
	awk -v ends="$ends" '
		/^TEST/ { tests++ }
		/^END/ { sum += $2; n++ }
		END {
			if (n < ends)
				print "END is missing after " tests + 0 " tests"
			else if (sum != tests)
				print tests " tests, END says " sum
			else
				exit 0
			exit 1
		}' <<<"$text" && ended_well
}

check_stops() # REASON
{
	wants "guest: stopped: $1," "stopped: $1" && ended_well
}

# Hostile for a short time: the neighbour watches on after it.
check_both()
{
	check_guest 2
}

# Hostile, but it comes back: its neighbour must not have felt it.
check_beside()
{
	check_guest || return 1
	(($(console | grep -ac 'HEARTBEAT') >= 3)) && return
	echo "the neighbour's heart did not beat"
	return 1
}

# Hostile to the end: the neighbour finishes what it had to do.
check_outlived()
{
	guest_lines | grep -aq '^TEST neighbour PASS' || {
		echo 'missing: TEST neighbour PASS'
		return 1
	}
	refuses 'TEST [^ ]* FAIL' && ended_well
}

check_linux() # CPUS
{
	wants 'GUEST: up' 'GUEST: up (the kernel did not reach its init)' &&
		wants "GUEST: cpus $1 " && wants 'GUEST: compress ok' &&
		wants 'GUEST: fork ok' && wants 'GUEST: pipe ok' &&
		wants "GUEST: parallel ok $1" && wants 'GUEST: DONE' &&
		refuses 'GUEST: dmesg:' && refuses 'GUEST: .*FAILED' &&
		refuses 'Kernel panic|Call Trace' && ended_well
}

# Of N turns of each pair of CPUs, two wake-ups each: what the CPU did without
# an exit, and what exited for it. The rung is `ipiv` or `pi`.
check_linux_ipi() # RUNG TURNS
{
	local wanted=$((2 * 2 * $2)) silent walked

	check_linux 4 && wants "GUEST: turns ok $2" || return 1
	silent=$(sed -n 's/^spr board: virtualized IPIs \([0-9]*\),.*/\1/p' \
		"$dir/stderr.txt")
	walked=$(console | grep -aoE 'ICR fixed unicast [0-9]+' |
		awk '{ n += $4 } END { print n + 0 }')
	refuses 'vmx: .*exits:.*(virtualized EOI|TPR below)' || return 1
	if [ "$1" = ipiv ]; then
		set -- "${silent:-0}" "$walked"
	else
		set -- "$walked" "${silent:-0}"
	fi
	(($1 > wanted && $2 == 0)) && return
	echo "virtualized ${silent:-none}, walked $walked, turns $wanted"
	return 1
}

# Linux powers off, and its neighbour goes on counting after that.
check_two_vms()
{
	check_linux 2 || return 1
	console | awk '/reboot: Power down/ { off = 1 }
		off && /hello: [0-9]+ s/ { n++ }
		END { exit n < 3 }' && return
	echo "the neighbour stopped with Linux"
	return 1
}

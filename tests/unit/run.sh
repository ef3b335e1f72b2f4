#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh PROGRAM ...: runs unit-test programs, prints one line for each and
# what failed in it, and closes with the sum, `N passed, N failed`.
# A program that ends without its own closing line counts as one failure.

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
passed=0
failed=0
for program in "$@"; do
	output=$(timeout 300 "$program" 2>&1 </dev/null)
	status=$?
	closing=$(tail -n 1 <<<"$output")
	name=${program#*/tests/}
	if [[ $closing =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]}
	else
		p=0 f=0
	fi
	# A sanitizer's or a crash's exit status without a failed test.
	((status != 0 && f == 0)) && f=1
	((passed += p, failed += f))
	if ((f == 0)); then
		echo "PASS unit $name ($p)"
	else
		echo "FAIL unit $name ($p passed, $f failed, status $status)"
		head -n 60 <<<"$output" | sed 's/^/    /'
	fi
done
echo "$passed passed, $failed failed"
((failed == 0))

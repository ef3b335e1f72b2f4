#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh DIR SECONDS FUZZER ...: runs each libFuzzer program for that long,
# two at a time, from the seeds in tests/fuzz/corpus/NAME if there are any.
# What it finds to be new stays in DIR/corpus/NAME, a crash in DIR/crash-*.
set -u
here=$(dirname "$(readlink -f "$0")")
dir=$1
seconds=$2
shift 2

one()
{
	local name seeds=() corpus log

	name=$(basename "$1" _fuzz)
	corpus=$dir/corpus/$name
	log=$dir/$name.log
	mkdir -p "$corpus"
	for seed in "$here/corpus/$name" "$here/corpus/${name}_fuzz"; do
		[ -d "$seed" ] && seeds+=("$seed")
	done
	if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
			-print_final_stats=1 -artifact_prefix="$dir/crash-$name-" \
			"$corpus" "${seeds[@]}" >"$log" 2>&1 </dev/null; then
		echo "PASS fuzz $name $(grep -ao 'number_of_executed_units: [0-9]*' \
			"$log" | tail -n 1), $(grep -ao 'cov: [0-9]*' "$log" |
			tail -n 1)"
	else
		echo "FAIL fuzz $name ($log)"
		grep -aE 'ERROR|SUMMARY|runtime error|Test unit written' "$log" |
			sed 's/^/    /'
	fi
}

for fuzzer in "$@"; do
	while (($(jobs -rp | wc -l) >= 2)); do
		wait -n
	done
	one "$fuzzer" | tee "$dir/$(basename "$fuzzer").result" &
done
wait
failed=0
for fuzzer in "$@"; do
	grep -q '^PASS' "$dir/$(basename "$fuzzer").result" || ((failed++))
done
echo "$(($# - failed)) passed, $failed failed"
((failed == 0))

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh BUILD MODEL...: checks each SPIN model to the end of its state space,
# then builds it once with each fault that it names (MUT_...), which must all
# be found. One line for each model; details of a failure follow it.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
build=$1
shift
failed=0

# check MODEL DIR FLAG...: prints the number of errors that pan found.
check()
{
	local model dir

	model=$(readlink -f "$1") dir=$2
	shift 2
	mkdir -p "$dir"
	(
		cd "$dir" || exit 1
		spin -a "$@" "$model" >spin.log 2>&1 &&
			gcc -O2 -DSAFETY -DNOFAIR -o pan pan.c >cc.log 2>&1 &&
			timeout 600 ./pan -m200000 -E >pan.log 2>&1
		if grep -q 'search depth too small' pan.log; then
			echo too-deep
		else
			sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log
		fi
	)
}

for model in "$@"; do
	name=$(basename "$model" .pml)
	dir=$build/models/$name
	missed=
	caught=0
	rm -rf "$dir"
	errors=$(check "$model" "$dir/model")
	for fault in $(grep -o 'MUT_[A-Z_]*[A-Z]' "$model" | sort -u); do
		case $(check "$model" "$dir/$fault" "-D$fault") in
		[1-9]*) ((caught++)) ;;
		*) missed="$missed $fault" ;;
		esac
	done
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' \
		"$dir/model/pan.log")
	if [[ $errors == 0 && -z $missed ]]; then
		echo "PASS model $name ($states states, $caught faults found)"
	else
		echo "FAIL model $name: errors ${errors:-none run}," \
			"faults missed:${missed:- none}"
		tail -n 5 "$dir/model/pan.log"
		failed=1
	fi
done
exit $failed

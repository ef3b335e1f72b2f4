#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh OBJDIR FILE.c ...: line coverage of each file, from the .gcda
# files that the unit tests left beside their objects in OBJDIR, and the
# total. A file that no test linked counts with all its lines.
set -eu
obj=$1
shift
for file in "$@"; do
	gcov -n -o "$obj/${file%.c}.o" "$file" 2>/dev/null |
		awk -v file="$file" '
			/^File / { mine = index($0, "\x27" file "\x27") }
			/^No executable lines/ { mine = 0 }
			mine && /^Lines executed:/ {
				split($0, part, /[:%]| of /)
				print file, part[2], part[4]
				exit
			}'
done | awk '
	{
		run = $2 * $3 / 100
		printf "%6.1f%% %5d lines  %s\n", $2, $3, $1
		sum += run
		lines += $3
	}
	END {
		if (lines)
			printf "%6.1f%% %5d lines  total\n", \
				100 * sum / lines, lines
	}'

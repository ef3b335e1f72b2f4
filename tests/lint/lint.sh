#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# lint.sh BUILD: what a compiler does not check. Each complaint is one line,
# `file:line: what`; the last line counts them. The Makefile passes flags in
# METAL_CFLAGS, HOST_CFLAGS, EFI_CFLAGS and the compiler in CC.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
build=$1
problems=0
: "${CC:=gcc}" "${READELF:=readelf}"

complain()
{
	echo "$*"
	((problems++))
}

# Complaints of a filter, one per line.
complaints()
{
	local line

	while IFS= read -r line; do
		complain "$line"
	done
}

files() # PATTERN...: those of the project, not of a build directory
{
	local pattern args=()

	for pattern in "$@"; do
		args+=(-o -name "$pattern")
	done
	find . \( -name .git -o -name 'build*' -o -name '*.new' \) -prune -o \
		-type f \( "${args[@]:1}" \) -print | sed 's#^\./##' | sort
}

metal='core|apic|vmx|iommu|pci|virtio|boot'

# ---- the include table of docs/architecture.md

lint_includes()
{
	# shellcheck disable=SC2046 # names without blanks
	awk '
	BEGIN {
		may["core/hw"] = "core/hw/ core/types.h core/err.h"
		may["core"] = "core/"
		may["apic"] = "apic/ core/"
		may["vmx"] = "vmx/ apic/ core/"
		may["iommu"] = "iommu/ core/"
		may["pci"] = "pci/ iommu/ apic/ core/"
		may["virtio"] = "virtio/ pci/ core/"
		may["boot"] = "boot/ virtio/ pci/ iommu/ vmx/ apic/ core/"
		may["boot/efi"] = "boot/ core/"
		may["guest-tests"] = "lib/"
		may["tools"] = "boot/ core/"
		angle["hw/"] = angle["asm_offsets.h"] = 1
		angle["stdint.h"] = angle["stddef.h"] = 1
		angle["stdbool.h"] = angle["stdarg.h"] = 1
	}
	FNR == 1 {
		folder = FILENAME
		sub(/\/.*/, "", folder)
		if (FILENAME ~ /^(core\/hw|boot\/efi)\//)
			folder = FILENAME ~ /^core/ ? "core/hw" : "boot/efi"
	}
	/^[ \t]*#[ \t]*include/ {
		open = $0
		sub(/^[^<"]*/, "", open)
		name = substr(open, 2)
		sub(/[>"].*/, "", name)
		if (open ~ /^</) {
			top = name ~ /^hw\// ? "hw/" : name
			if (folder == "tools" || folder == "boot/efi")
				next
			if (!(top in angle) ||
			    (folder == "guest-tests" && top == "hw/"))
				print FILENAME ":" FNR ": <" name \
					"> may not be included here"
			next
		}
		if (name == "asm_offsets.h" && FILENAME ~ /\.S$/)
			next
		n = split(may[folder], allowed, " ")
		for (i = 1; i <= n; i++)
			if (index(name, allowed[i]) == 1)
				next
		print FILENAME ":" FNR ": " folder "/ may not include " name
	}' $(files '*.c' '*.h' '*.S' | grep -E "^($metal|guest-tests|tools)/")
}

# ---- each header compiles alone

header_flags() # FILE
{
	case $1 in
	boot/efi/*) echo "$EFI_CFLAGS" ;;
	guest-tests/*) echo "-std=gnu11 -ffreestanding -Wall -Werror -mgeneral-regs-only -Iguest-tests" ;;
	tests/spr/*) echo "-std=gnu11 -Wall -Werror" ;;
	tests/* | tools/*) echo "$HOST_CFLAGS" ;;
	*) echo "$METAL_CFLAGS" ;;
	esac
}

lint_headers()
{
	local header flags

	for header in $(files '*.h'); do
		read -ra flags <<<"$(header_flags "$header")"
		"$CC" "${flags[@]}" -fsyntax-only -Wno-unused -x c "$header" \
			2>&1 | grep -m1 'error' |
			sed "s#^#$header:1: does not compile alone: #"
	done
}

# ---- rules of style that are one regular expression

lint_text()
{
	local file

	for file in $(files '*.c' '*.h' '*.S' '*.sh' '*.ld' '*.conf' '*.def' \
			'*.pml' Makefile); do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-2' ||
			echo "$file:1: no SPDX line"
	done
	# shellcheck disable=SC2046
	grep -nE '[[:blank:]]+$' $(files '*.c' '*.h' '*.S' '*.sh' '*.md' \
		Makefile) /dev/null | sed -E 's/^([^:]*:[0-9]+):.*/\1: blank at the end/'
	# shellcheck disable=SC2046
	grep -nE '^ {8}' $(files '*.c' '*.h' '*.S') /dev/null |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: indented with blanks/'
	for file in $(files '*.c' '*.h' '*.S' Makefile); do
		expand "$file" | awk -v file="$file" '
			length($0) > 80 && !/@SPDX|https?:/ {
				print file ":" NR ": " length($0) " columns"
			}
			END {
				if (NR > 500)
					print file ":" NR ": " NR " lines"
			}'
	done
	# Variants come by link, table or include path.
	# shellcheck disable=SC2046
	grep -nE '^[[:blank:]]*#[[:blank:]]*(ifdef|ifndef|if)\b' \
		$(files '*.c' | grep -E "^($metal)/") /dev/null |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: conditional compilation/'
	# One instruction each, and only there, but for compiler barriers.
	# asm_offsets.c is never linked.
	# shellcheck disable=SC2046
	grep -nE '\b(asm|__asm__|__asm)\b[[:blank:]]*(volatile|__volatile__|goto|\()' \
		$(files '*.c' '*.h' | grep -E "^($metal)/" |
			grep -vE '^core/(hw/|asm_offsets\.c$)') /dev/null |
		grep -v '("" : : : "memory")' |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: inline assembly outside core\/hw/'
	# shellcheck disable=SC2046
	grep -nE '\b(TODO|FIXME|XXX)\b' $(files '*.c' '*.h' '*.S' '*.sh' '*.md') \
		/dev/null | grep -v '^tests/lint/' |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: unfinished/'
}

# ---- spacing, as .clang-format has it; where lines break is the author's

words() # text as one word per line, free of line breaks and their brackets
{
	sed -e 's/\\$//' | tr -s '[:space:]' ' ' |
		sed -e 's/\([([]\) /\1/g' -e 's/ \([])]\)/\1/g' \
			-e 's/ \([,;]\)/\1/g' -e 's/" "//g' -e 's/) - /)-/g' -e 's/\( *: *\)\{1,\}/:/g' |
		tr ' ' '\n'
}

lint_format()
{
	local file

	for file in $(files '*.c' '*.h'); do
		cmp -s <(words <"$file") <(clang-format "$file" | words) ||
			echo "$file: spacing:" "$(diff <(words <"$file") \
				<(clang-format "$file" | words) |
				sed -n '2,4p' | tr '\n' ' ')"
	done
}

# ---- the image

lint_image()
{
	local elf=$build/noexit.elf

	"$READELF" -lW "$elf" | awk -v elf="$elf" '
		$1 == "LOAD" {
			flags = ""
			for (i = 7; i < NF; i++)
				flags = flags $i
			if (flags ~ /W/ && flags ~ /E/)
				print elf ": segment " $3 " is writable and executable"
			if (flags ~ /E/)
				print "text " $6
			n++
		}
		$1 == "GNU_STACK" && /E /  { print elf ": executable stack" }
		END {
			if (n < 3)
				print elf ": text, read-only data and data share a segment"
		}' | while read -r word size; do
			if [ "$word" != text ]; then
				echo "$word $size"
			elif ((size > 256 * 1024)); then
				echo "$elf: text is $((size)) bytes, over 256 KiB"
			fi
		done
	# A table of functions is constant, so it lies in a read-only section.
	"$READELF" -sW "$elf" | awk -v elf="$elf" '
		$8 ~ /(_ops|_table|_handlers)$/ && $4 == "OBJECT" { print $8, $7 }' |
		while read -r name section; do
			"$READELF" -SW "$elf" | tr -d '[]' |
				awk -v n="$section" -v name="$name" -v elf="$elf" '
				$1 == n && $8 ~ /W/ {
					print elf ": " name " is writable"
				}'
		done
}

# Two builds of this tree, in two places, are the same.
lint_reproducible()
{
	local dir copy

	dir=$(mktemp -d)
	for copy in one two; do
		mkdir -p "$dir/$copy/deeper"
		tar -c --exclude=.git --exclude='./build*' . |
			tar -x -C "$dir/$copy"
	done
	make -s -C "$dir/one" BUILD=build CC="$CC" build/noexit.elf \
		>/dev/null 2>&1
	make -s -C "$dir/two" BUILD="$dir/two/deeper/out" CC="$CC" \
		"$dir/two/deeper/out/noexit.elf" >/dev/null 2>&1
	cmp "$dir/one/build/noexit.elf" "$dir/two/deeper/out/noexit.elf" 2>&1 |
		sed 's/^/noexit.elf: two builds differ: /'
	rm -rf "$dir"
}

for part in includes headers text format image reproducible; do
	echo "lint: $part"
	complaints < <("lint_$part")
done
echo "lint: $problems problems"
((problems == 0))

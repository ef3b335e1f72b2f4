#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# iso.sh [-w WORDS] OUT.iso NOEXIT.elf [NAME=FILE ...]: a hybrid image that
# boots by GRUB on BIOS and UEFI, from a disc or a USB stick. WORDS are the
# hypervisor's own command line. Each NAME=FILE becomes a multiboot module
# whose command line is its name; noexit.conf is one of them.
set -eu
words=
[ "$1" = -w ] && { words=$2; shift 2; }
out=$1
elf=$2
shift 2

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/boot/grub"
# Without debugging information: it is four fifths of the file.
objcopy --strip-debug "$elf" "$tree/boot/noexit.elf"
{
	cat <<-END
	# The serial line may be missing; then the screen is the console.
	serial --unit=0 --speed=115200
	terminal_input console serial
	terminal_output console serial
	insmod all_video
	set timeout=0
	menuentry Noexit {
	multiboot2 /boot/noexit.elf $words
	# After multiboot2, which sets it from the image's header. Bochs on a
	# terminal has no graphics; UEFI ignores it, having no text mode.
	set gfxpayload=text
	END
	for module in "$@"; do
		cp "${module#*=}" "$tree/boot/${module%%=*}"
		echo "module2 /boot/${module%%=*} ${module%%=*}"
	done
	echo '}'
} >"$tree/boot/grub/grub.cfg"

# Few modules: an emulator reads the disc at a dozen instructions per byte.
grub-mkrescue --output="$out.tmp" --locales= --fonts= --themes= \
	--install-modules="multiboot2 normal serial terminal iso9660 fat
		part_gpt part_msdos all_video boot minicmd search
		search_fs_uuid search_fs_file search_label echo test ls
		reboot halt" \
	"$tree" >"$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }
mv "$out.tmp" "$out"

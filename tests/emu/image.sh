#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# image.sh [-e] [-w WORDS] CONF OUT: packs the hypervisor with a configuration
# and the modules that it names; CONF is a file or a name in tests/emu/conf.
# OUT is an ISO image or, with -e, the directory of a FAT volume for UEFI.
#
# Module names: linux-old, linux-new and initrd are made by fetch.sh; any
# other is a guest, $BUILD/guests/NAME. They may stand elsewhere: the
# environment variable MODULE_DIR is searched first.
set -eu
. "$(dirname "$(readlink -f "$0")")/env.sh"
efi= words=
while getopts ew: option; do
	case $option in
	e) efi=1 ;;
	w) words=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
conf=$1
out=$2
[ -e "$conf" ] || conf=$emu_dir/conf/$conf.conf

module_file()
{
	local dir=${MODULE_DIR:-}

	if [ -n "$dir" ] && [ -e "$dir/$1" ]; then
		echo "$dir/$1"
		return
	fi
	case $1 in
	linux-*) echo "$cache/linux/${1#linux-}" ;;
	initrd) echo "$cache/initramfs.gz" ;;
	*) echo "$BUILD/guests/$1" ;;
	esac
}

modules=(noexit.conf="$conf")
for name in $(sed -n 's/^[[:space:]]*\(kernel\|initrd\|modules\)[[:space:]]*=//p' \
		"$conf" | tr ',' ' ' | tr ' ' '\n' | sort -u); do
	modules+=("$name=$(module_file "$name")")
done

if [ -z "$efi" ]; then
	exec "$emu_dir/iso.sh" -w "$words" "$out" "$BUILD/noexit.elf" \
		"${modules[@]}"
fi
rm -rf "$out"
mkdir -p "$out/EFI/BOOT"
cp "$BUILD/BOOTX64.EFI" "$out/EFI/BOOT/BOOTX64.EFI"
cp "$BUILD/noexit.elf" "$out/EFI/BOOT/"
for module in "${modules[@]}"; do
	cp "${module#*=}" "$out/EFI/BOOT/${module%%=*}"
done

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# fetch.sh BUILD: unpacks Debian packages under $NOEXIT_CACHE (default
# BUILD/emu) and installs none of them:
#
#	root/		trixie's Bochs 3.0, QEMU 10.0, OVMF, with their libraries
#	linux/old	bookworm's cloud kernel (6.1)
#	linux/new	the cloud kernel of trixie-backports, or of sid
#	busybox		busybox-static
#	initramfs.gz	made of it by initramfs.sh
#
# The mirror is the one in this machine's own apt sources. Each part leaves a
# stamp, so a second call costs nothing and needs no network.
set -eu
here=$(dirname "$(readlink -f "$0")")
build=$1
cache=${NOEXIT_CACHE:-$build/emu}
mkdir -p "$cache"
cache=$(readlink -f "$cache")
export DEBIAN_FRONTEND=noninteractive

say()
{
	echo "fetch: $*"
}

# The address that this machine's own sources give for Debian's main archive.
mirror()
{
	local codename

	# shellcheck disable=SC1091
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		awk -v c="$codename" '$3 == "main" && ($2 == c ||
			$2 == "stable" || $2 == "sid" || $2 == "unstable") {
			print $1; exit }'
}

# apt_in SUITE: sets the array apt to options for an apt whose lists, caches
# and (empty) package data base are its own.
apt_in()
{
	local dir=$cache/apt/$1

	apt=(-o Dir::Etc::sourcelist="$dir/sources.list"
	     -o Dir::Etc::sourceparts=/dev/null
	     -o Dir::Etc::preferencesparts=/dev/null
	     -o Dir::State="$dir" -o Dir::State::status="$dir/status"
	     -o Dir::Cache="$dir/cache"
	     -o APT::Architecture=amd64 -o APT::Architectures=amd64
	     -o APT::Sandbox::User=root -o APT::Install-Recommends=false
	     -o Acquire::Retries=3 -o Acquire::Languages=none -qq)
	[ -e "$dir/updated" ] && return
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	local uri
	uri=$(mirror)
	if [ -z "$uri" ]; then
		say "no Debian mirror in this machine's apt sources" >&2
		return 1
	fi
	printf 'deb [signed-by=%s] %s %s main\n' \
		/usr/share/keyrings/debian-archive-keyring.gpg "$uri" "$1" \
		>"$dir/sources.list"
	say "package lists of $1"
	apt-get "${apt[@]}" update
	touch "$dir/updated"
}

# unpack SUITE DIR PACKAGE...: without dependencies.
unpack()
{
	local suite=$1 dir=$2

	shift 2
	apt_in "$suite" || return 1
	rm -rf "$cache/deb.$suite"
	mkdir -p "$cache/deb.$suite" "$dir"
	(cd "$cache/deb.$suite" && apt-get "${apt[@]}" download "$@") ||
		return 1
	for deb in "$cache/deb.$suite"/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$cache/deb.$suite"
}

fetch_root()
{
	local dir=$cache/apt/trixie

	[ -e "$cache/root.done" ] && return
	apt_in trixie
	say "Bochs and QEMU of trixie (150 MB)"
	apt-get "${apt[@]}" -y --download-only -o Debug::NoLocking=1 install \
		bochs bochs-term bochsbios vgabios qemu-system-x86 seabios \
		ovmf qemu-utils libltdl7
	rm -rf "$cache/root.new"
	mkdir -p "$cache/root.new/usr/bin" "$cache/root.new/usr/sbin" \
		"$cache/root.new/usr/lib64"
	# As on every Debian since bookworm: /lib is a link to /usr/lib.
	for d in bin sbin lib lib64; do
		mkdir -p "$cache/root.new/usr/$d"
		ln -s "usr/$d" "$cache/root.new/$d"
	done
	for deb in "$dir/cache/archives"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$cache/root.new" -x --keep-directory-symlink \
				--exclude='./usr/share/doc' \
				--exclude='./usr/share/man' \
				--exclude='./usr/share/locale' \
				--exclude='./usr/share/icons' \
				--no-same-owner
	done
	rm -rf "$cache/root" "$dir/cache/archives"/*.deb
	mv "$cache/root.new" "$cache/root"
	touch "$cache/root.done"
}

# The package that holds the cloud kernel that the suite's meta package names:
# linux-image-VERSION, or since 6.19 linux-binary-VERSION.
kernel_package()
{
	local image binary

	image=$(apt-cache "${apt[@]}" show linux-image-cloud-amd64 |
		grep -o 'linux-image-[0-9][^ ,]*-cloud-amd64' | head -n 1)
	[ -n "$image" ] || return 1
	binary=$(apt-cache "${apt[@]}" show "$image" |
		grep -o 'linux-binary-[0-9][^ ,]*-cloud-amd64' | head -n 1)
	echo "${binary:-$image}"
}

# fetch_linux NAME SUITE...: the first of the suites that has a cloud kernel.
fetch_linux()
{
	local name=$1 suite package image

	shift
	[ -e "$cache/linux/$name" ] && return
	mkdir -p "$cache/linux"
	for suite in "$@"; do
		apt_in "$suite" || continue
		package=$(kernel_package) || continue
		say "$package of $suite"
		rm -rf "$cache/linux.tmp"
		unpack "$suite" "$cache/linux.tmp" "$package" || continue
		# In /boot, or in newer packages beside the modules.
		image=$(find "$cache/linux.tmp" -name 'vmlinuz*' -type f)
		[ -n "$image" ] || continue
		cp "$image" "$cache/linux/$name.tmp"
		echo "$package" >"$cache/linux/$name.txt"
		rm -rf "$cache/linux.tmp"
		mv "$cache/linux/$name.tmp" "$cache/linux/$name"
		return
	done
	say "no cloud kernel in: $*" >&2
	return 1
}

fetch_busybox()
{
	[ -e "$cache/busybox" ] && return
	say "busybox"
	unpack bookworm "$cache/busybox.tmp" busybox-static
	cp "$(find "$cache/busybox.tmp" -name busybox -type f -perm -u+x |
		head -n 1)" "$cache/busybox.new"
	rm -rf "$cache/busybox.tmp"
	mv "$cache/busybox.new" "$cache/busybox"
}

exec 9>"$cache/.lock"
flock 9
fetch_root
fetch_linux old bookworm
fetch_linux new trixie-backports sid
fetch_busybox
"$here/initramfs.sh" "$cache/busybox" "$cache/initramfs.gz"

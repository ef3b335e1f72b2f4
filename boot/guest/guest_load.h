/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a guest image into the RAM of a VM by one of four boot protocols and
 * says how its boot vCPU starts. Images come from whoever configured the
 * machine, but are parsed as if hostile. docs/guest-abi.md has the layout.
 */
#ifndef BOOT_GUEST_GUEST_LOAD_H
#define BOOT_GUEST_GUEST_LOAD_H

#include "boot/config.h"
#include "core/guest.h"
#include "core/types.h"

/* A file in host memory. */
struct guest_file {
	const void *bytes;
	size_t len_bytes;
	const char *cmdline;	/* of a multiboot module; may be NULL */
};

struct guest_image {
	struct guest_file kernel;	/* first word of cmdline: its name */
	struct guest_file initrd;	/* len 0: none; Linux, PVH */
	struct guest_file module[CONFIG_MAX_MODULES];
	u32 module_count;		/* multiboot 1, 2 and PVH */
	const char *cmdline;		/* of the guest, not NULL */
	enum config_boot boot;
	u32 vcpus;			/* APIC IDs 0..vcpus-1 */
	bool x2apic;			/* offered in CPUID: APIC IDs > 254 */
};

/*
 * Load @img into the RAM of @g (its slots and low_bytes/mem_bytes are set),
 * write the ACPI tables, and fill @entry. On failure @why says what is wrong
 * in one line without '\n', and guest RAM is in an undefined state.
 * -EINVAL: malformed, -E2BIG: does not fit into the RAM, -ENOSYS: needs a
 * feature that we lack, -EFAULT: outside of RAM.
 */
int guest_load(struct guest *g, const struct guest_image *img,
	       struct guest_entry *entry, char *why, size_t why_bytes)
	__must_check;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map that every boot protocol tells the guest, in the types of
 * e820, which multiboot and PVH share.
 */
#ifndef BOOT_GUEST_MEMORY_MAP_H
#define BOOT_GUEST_MEMORY_MAP_H

#include "core/guest.h"
#include "core/types.h"

#define GUEST_EBDA_GPA		0x9fc00ull
#define GUEST_LOW_END_GPA	0x100000ull	/* 1 MiB: conventional part */
#define GUEST_HIGH_GPA		0x100000000ull	/* RAM above the hole */
#define MEMORY_MAP_MAX		8

enum memory_type { MEMORY_RAM = 1, MEMORY_RESERVED = 2 };

struct memory_range {
	u64 base, len_bytes;
	u32 type;
};

/* Fills @map in rising order; how many entries. */
u32 memory_map_build(const struct guest *g,
		     struct memory_range map[MEMORY_MAP_MAX]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM from 0 to the hole and from 4 GiB on. All below 1 MiB is RAM behind the
 * scenes; from the EBDA on it is reserved, for the ACPI tables are there.
 */
#include "boot/guest/memory_map.h"

#include "core/platform/platform.h"

#define ECAM_BYTES 0x100000ull

u32 memory_map_build(const struct guest *g,
		     struct memory_range map[MEMORY_MAP_MAX])
{
	u32 n = 0;

	map[n++] = (struct memory_range){ 0, GUEST_EBDA_GPA, MEMORY_RAM };
	map[n++] = (struct memory_range){
		GUEST_EBDA_GPA, GUEST_LOW_END_GPA - GUEST_EBDA_GPA,
		MEMORY_RESERVED,
	};
	map[n++] = (struct memory_range){
		GUEST_LOW_END_GPA, g->low_bytes - GUEST_LOW_END_GPA, MEMORY_RAM,
	};
	map[n++] = (struct memory_range){
		PLATFORM_ECAM_GPA, ECAM_BYTES, MEMORY_RESERVED,
	};
	if (g->mem_bytes > g->low_bytes)
		map[n++] = (struct memory_range){
			GUEST_HIGH_GPA, g->mem_bytes - g->low_bytes, MEMORY_RAM,
		};
	return n;
}

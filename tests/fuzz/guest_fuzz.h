/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common part of the fuzz targets of guest loaders: a small guest, the input
 * as its kernel, one boot protocol. What is loaded must lie in its RAM, which
 * the physical-memory double watches.
 */
#ifndef TESTS_FUZZ_GUEST_FUZZ_H
#define TESTS_FUZZ_GUEST_FUZZ_H

#include <hw/phys.h>
#include <stdlib.h>
#include <string.h>

#include "boot/guest/guest_load.h"

#define FUZZ_RAM_BYTES 0x1000000ull	/* 16 MiB */

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void fuzz_load(const u8 *data, size_t size, enum config_boot boot)
{
	static struct guest guest;
	static u8 initrd[5000];
	struct guest_image image = {
		.kernel = { data, size, "kernel" },
		.initrd = { initrd, sizeof(initrd), NULL },
		.module = { { initrd, 100, "module" } },
		.module_count = 1,
		.cmdline = "console=ttyS0",
		.boot = boot,
		.vcpus = 2,
	};
	struct guest_entry entry;
	char why[128] = "";

	if (!guest.slot_count) {
		hw_ram_add(0x40000000, FUZZ_RAM_BYTES);
		if (guest_add_slot(&guest, 0, 0x40000000, FUZZ_RAM_BYTES,
				   false))
			abort();
		guest.low_bytes = FUZZ_RAM_BYTES;
		guest.mem_bytes = FUZZ_RAM_BYTES;
	}
	if (guest_load(&guest, &image, &entry, why, sizeof(why)) &&
	    (!why[0] || !strcmp(why, "internal error")))
		abort();
}

#endif

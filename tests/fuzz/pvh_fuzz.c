/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PVH start information from any bytes. The input is the start of 1 MiB of
 * physical memory at BASE_HPA; all other memory below 4 GiB reads as zero.
 */
#include "boot/pvh.h"

#include <stdlib.h>
#include <string.h>

#include <hw/phys.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE_HPA	0x1000ull
#define INPUT_MAX	(1u << 20)

static struct boot_info out;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static u8 *memory;

	if (!memory)
		memory = hw_ram_add(0, 1ull << 32);
	if (size < 64 || size > INPUT_MAX)
		return 0;
	memcpy(memory + BASE_HPA, data, size);
	if (!pvh_parse(memory + BASE_HPA, &out) && !out.region_count)
		abort();
	for (u32 i = 0; i < out.module_count; i++) {
		const struct boot_module *module = &out.module[i];

		if (module->base_hpa + module->len_bytes > 1ull << 32)
			abort();
	}
	memset(memory + BASE_HPA, 0, size);
	return 0;
}

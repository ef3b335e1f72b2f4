/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 information from any bytes: the first four are set to the size
 * that the input has, or left as they are when that is smaller.
 */
#include "boot/multiboot2.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct boot_info out;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 total;
	u8 *copy;

	if (size < 8 || size > MB2_MAX_BYTES)
		return 0;
	copy = malloc(size);
	memcpy(copy, data, size);
	memcpy(&total, copy, sizeof(total));
	if (total > size) {
		total = (u32)size;
		memcpy(copy, &total, sizeof(total));
	}
	if (!mb2_parse(copy, &out) && !out.region_count)
		abort();
	if (out.region_count > BOOT_MAX_REGIONS ||
	    out.module_count > BOOT_MAX_MODULES ||
	    out.rsdp_len_bytes > sizeof(out.rsdp))
		abort();
	free(copy);
	return 0;
}

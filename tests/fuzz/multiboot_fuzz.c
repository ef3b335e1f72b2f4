/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 1 and 2 kernels; the first byte chooses, or leaves it to AUTO. */
#include "tests/fuzz/guest_fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const enum config_boot boot[] = { BOOT_MULTIBOOT,
						 BOOT_MULTIBOOT2, BOOT_AUTO };

	if (size)
		fuzz_load(data + 1, size - 1, boot[data[0] % 3]);
	return 0;
}

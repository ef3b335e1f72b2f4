/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux bzImages. */
#include "tests/fuzz/guest_fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_load(data, size, BOOT_LINUX);
	return 0;
}

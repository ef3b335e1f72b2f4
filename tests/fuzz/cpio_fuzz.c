/* SPDX-License-Identifier: BSD-2-Clause */
/* cpio archives from any bytes: every member lies inside. */
#include "boot/cpio.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio cpio = CPIO_OPEN(data, size);
	struct cpio_member member;
	u64 last = 0;

	while (cpio_next(&cpio, &member) > 0) {
		if (strlen(member.name) > member.name_bytes ||
		    member.data_offset <= last ||
		    member.data_offset > size ||
		    member.data_bytes > size - member.data_offset)
			abort();
		last = member.data_offset;
	}
	return 0;
}

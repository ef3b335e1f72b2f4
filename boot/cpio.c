/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio `newc`: for each member a header of 110 ASCII bytes, the name with its
 * NUL, the data; name and data each padded to a multiple of 4.
 */
#include "boot/cpio.h"

#include "core/err.h"
#include "core/string.h"

#define CPIO_MAGIC_BYTES	6
#define CPIO_HEADER_BYTES	110
#define CPIO_NAME_MAX		4096

/* Numbers of the fields after the magic, eight hex digits each. */
enum cpio_field { CPIO_MODE = 1, CPIO_FILESIZE = 6, CPIO_NAMESIZE = 11 };

#define CPIO_MODE_TYPE		0170000u
#define CPIO_MODE_REGULAR	0100000u

static bool get_field(const u8 *header, enum cpio_field field, u32 *value)
{
	const u8 *digits = header + CPIO_MAGIC_BYTES + 8 * field;

	*value = 0;
	for (u32 i = 0; i < 8; i++) {
		u8 c = digits[i] | 0x20;

		if (digits[i] >= '0' && digits[i] <= '9')
			*value = *value << 4 | (u32)(digits[i] - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (u32)(c - 'a' + 10);
		else
			return false;
	}
	return true;
}

int cpio_next(struct cpio *cpio, struct cpio_member *member)
{
	const u8 *header = cpio->bytes + cpio->offset;
	u64 left = cpio->len_bytes - cpio->offset;
	u32 mode, file_bytes, name_bytes;
	u64 data_at;

	/* Archives are often cut after, or padded without, a trailer. */
	if (left == 0)
		return 0;
	if (left < CPIO_HEADER_BYTES ||
	    (memcmp(header, "070701", CPIO_MAGIC_BYTES) != 0 &&
	     memcmp(header, "070702", CPIO_MAGIC_BYTES) != 0) ||
	    !get_field(header, CPIO_MODE, &mode) ||
	    !get_field(header, CPIO_FILESIZE, &file_bytes) ||
	    !get_field(header, CPIO_NAMESIZE, &name_bytes))
		return -EINVAL;
	data_at = align_up((u64)CPIO_HEADER_BYTES + name_bytes, 4);
	if (!name_bytes || name_bytes > CPIO_NAME_MAX ||
	    data_at > left || file_bytes > left - data_at ||
	    header[CPIO_HEADER_BYTES + name_bytes - 1])
		return -EINVAL;
	member->name = (const char *)header + CPIO_HEADER_BYTES;
	member->name_bytes = name_bytes - 1;
	member->regular = (mode & CPIO_MODE_TYPE) == CPIO_MODE_REGULAR;
	member->data_offset = cpio->offset + data_at;
	member->data_bytes = file_bytes;
	cpio->offset += min(align_up(data_at + file_bytes, 4), left);
	return strcmp(member->name, "TRAILER!!!") != 0;
}

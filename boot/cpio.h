/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Members of a cpio archive in the `newc` format, as `cpio -o -H newc` writes
 * it. Pure; the archive may be anything.
 */
#ifndef BOOT_CPIO_H
#define BOOT_CPIO_H

#include "core/types.h"

struct cpio {
	const u8 *bytes;
	u64 len_bytes;
	u64 offset;		/* of the next member */
};

struct cpio_member {
	const char *name;	/* NUL-terminated, in the archive */
	u32 name_bytes;		/* without the NUL */
	bool regular;		/* a file, not a directory or link */
	u64 data_offset;	/* in the archive */
	u64 data_bytes;
};

#define CPIO_OPEN(bytes, len_bytes) ((struct cpio){ bytes, len_bytes, 0 })

/* 1: @member is the next one; 0: no more; -EINVAL: not such an archive. */
int cpio_next(struct cpio *cpio, struct cpio_member *member) __must_check;

#endif

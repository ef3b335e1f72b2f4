/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds of the image and of its parts, from linker.ld; each is page aligned.
 * Where the loader put it is only known at run time: boot_image_hpa.
 */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include "core/types.h"

extern const char image_start[], image_end[];
extern const char text_end[];			/* text: from image_start */
extern const char rodata_end[];			/* rodata: from text_end */
extern const char ro_after_init_end[];		/* from rodata_end */

/* Set by boot/entry.S. */
extern u64 boot_image_hpa;

static inline bool image_is_text(u64 va)
{
	return va >= (u64)image_start && va < (u64)text_end;
}

#endif

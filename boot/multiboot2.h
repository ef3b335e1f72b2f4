/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 boot information (Multiboot2 Specification 2.0, 3.6 "Boot
 * information format") into struct boot_info. Pure.
 */
#ifndef BOOT_MULTIBOOT2_H
#define BOOT_MULTIBOOT2_H

#include "core/boot_info.h"
#include "core/types.h"

/* In EAX when a multiboot2 loader enters the image. */
#define MB2_LOADER_MAGIC	0x36d76289u
/* Larger information is refused: no loader needs as much. */
#define MB2_MAX_BYTES		(1u << 20)

/*
 * Parse the information at @info, total_size bytes of it. @out is cleared
 * first. -EINVAL: a tag does not fit, or there is no memory map.
 */
int mb2_parse(const void *info, struct boot_info *out) __must_check;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PVH start information (Xen's "x86/HVM direct boot ABI") into struct
 * boot_info: what QEMU hands to the image by `-kernel`.
 */
#ifndef BOOT_PVH_H
#define BOOT_PVH_H

#include "core/boot_info.h"
#include "core/types.h"

#define PVH_START_MAGIC	0x336ec578u

/*
 * Parse the structure at @start_info; what it points to is read through the
 * direct map. PVH loaders pass one module: when that is a cpio archive with a
 * noexit.conf in it, its members are the modules. @out is cleared first.
 * -EINVAL: not a start-info, or one without a memory map.
 */
int pvh_parse(const void *start_info, struct boot_info *out) __must_check;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual addresses of the hypervisor's own parts: docs/memory-map.md. */
#ifndef CORE_HW_LAYOUT_H
#define CORE_HW_LAYOUT_H

#define IMAGE_VA	0xffffffff80200000ull
#define DIRECT_MAP_VA	0xffff800000000000ull
#define STACK_REGION_VA	0xffffff0000000000ull

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory in 4 KiB pages, kept as sorted free extents: few, large
 * allocations are the rule in a hypervisor. Pages come zeroed.
 */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include "core/boot_info.h"
#include "core/types.h"

#define PAGE_ALLOC_FAILED	0	/* hpa 0 is never handed out */

/*
 * Build the extents from REGION_RAM less the image, the modules and the first
 * MiB. Regions may overlap and be unsorted (firmware is broken): reserved wins.
 */
void page_init(const struct boot_info *info);

/* @pages > 0 contiguous, @align_bytes a power of two; PAGE_ALLOC_FAILED. */
u64 page_alloc_hpa(u64 pages, u64 align_bytes);
void page_free_hpa(u64 hpa, u64 pages);
/* One zeroed page, or NULL. */
void *page_alloc(void);
void page_free(void *page);
/* A page below 1 MiB for the AP trampoline, set aside by page_init(). */
u64 page_low_hpa(void);

u64 page_free_bytes(void);
u64 page_total_bytes(void);
/* End of the highest usable RAM region. */
u64 page_top_hpa(void);

#endif

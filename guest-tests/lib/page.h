/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables: the first 4 GiB are identity-mapped by 2 MiB pages. */
#ifndef GUEST_PAGE_H
#define GUEST_PAGE_H

#include "lib/types.h"

#define PTE_P	BIT(0)
#define PTE_W	BIT(1)
#define PTE_U	BIT(2)
#define PTE_PWT	BIT(3)
#define PTE_PCD	BIT(4)
#define PTE_A	BIT(5)
#define PTE_D	BIT(6)
#define PTE_PS	BIT(7)
#define PTE_NX	BIT(63)

#define WINDOW_BASE	(4 * GIB)

extern u64 page_root[512];
extern u64 page_dir_pointers[512];
extern u64 page_dirs[4 * 512];
extern u8 image_end[];

/* Splits the 2 MiB page around addr into 4 KiB pages; its entry for addr. */
u64 *page_pte(u64 addr);
void page_set(u64 addr, u64 pte);

/* One of 512 windows of 2 MiB onto any guest-physical address. */
void *page_window(u32 slot, u64 gpa);

/* First address above the image, page-aligned: free RAM up to ram_low_top. */
u64 page_free_base(void);

/* An address with neither RAM nor a device behind it. */
u64 page_hole(void);

/* What this platform reads there: all ones, or 0 on bare QEMU. */
u64 page_hole_value(void);

u64 phys_limit(void);

#endif

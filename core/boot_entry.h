/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot/entry.S hands over: who loaded us, the first page tables and the
 * boot CPU's stacks, all in .bss.
 */
#ifndef CORE_BOOT_ENTRY_H
#define CORE_BOOT_ENTRY_H

#include "core/types.h"

/* Values of boot_main()'s first argument. */
#define BOOT_FROM_MULTIBOOT2	0x36d76289u	/* as the loader puts in EAX */
#define BOOT_FROM_PVH		0x336ec578u	/* as in hvm_start_info */
#define BOOT_FROM_EFI		0x49464545u	/* our own UEFI application */

/* Early tables: low 4 GiB at 0 and in the direct map, image at its VA. */
#define BOOT_TABLES	8
extern u64 boot_tables[BOOT_TABLES][512];

/*
 * Stacks of the boot CPU. paging_init() unmaps the guards: a stack that grows
 * beyond its end hits the guard below it.
 */
struct boot_stacks {
	u8 guard[PAGE_SIZE];
	u8 main[4 * PAGE_SIZE];
	u8 main_guard[PAGE_SIZE];
	u8 nmi[2 * PAGE_SIZE];
	u8 nmi_guard[PAGE_SIZE];
	u8 df[2 * PAGE_SIZE];
	u8 df_guard[PAGE_SIZE];
	u8 mc[2 * PAGE_SIZE];
	u8 mc_guard[PAGE_SIZE];
} __aligned(4096);
extern struct boot_stacks boot_stacks;

/* boot/main.c; @info_hpa: multiboot2 or PVH structure, or struct boot_info. */
_Noreturn void boot_main(u32 magic, u64 info_hpa);

#endif

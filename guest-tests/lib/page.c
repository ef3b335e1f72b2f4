/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table helpers; tests change the entries themselves. */
#include "lib/guest.h"

#define MAX_SPLITS	4

static u64 tables[MAX_SPLITS][512] __attribute__((aligned(4096)));
static u64 window_dir[512] __attribute__((aligned(4096)));
static u32 nr_tables;

u64 *page_pte(u64 addr)
{
	u64 *pde = &page_dirs[addr >> 21], *table;
	u32 i;

	if (*pde & PTE_PS) {
		if (nr_tables == MAX_SPLITS)
			return NULL;
		table = tables[nr_tables++];
		for (i = 0; i < 512; i++)
			table[i] = (*pde & ~PTE_PS) + i * PAGE_SIZE;
		*pde = (u64)table | PTE_P | PTE_W | PTE_U;
		write_cr3(read_cr3());
	}
	table = (u64 *)(*pde & ~0xfffull);
	return &table[addr >> 12 & 511];
}

void page_set(u64 addr, u64 pte)
{
	*page_pte(addr) = pte;
	invlpg(addr);
}

void *page_window(u32 slot, u64 gpa)
{
	u64 va = WINDOW_BASE + slot * PAGE_2M;

	page_dir_pointers[4] = (u64)window_dir | PTE_P | PTE_W | PTE_U;
	window_dir[slot] = (gpa & ~(PAGE_2M - 1)) | PTE_P | PTE_W | PTE_U |
		PTE_PS;
	invlpg(va);
	return (void *)(va + (gpa & (PAGE_2M - 1)));
}

u64 page_free_base(void)
{
	return ((u64)image_end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/*
 * 32 MiB above low RAM, if that is below where PCI windows start; else the
 * quiet space between the IOAPIC and the local APIC.
 */
u64 page_hole(void)
{
	u64 hole = ((ram_low_top() + PAGE_2M - 1) & ~(PAGE_2M - 1)) + 32 * MIB;

	if (hole > 2 * GIB || ram_covers(hole, PAGE_2M))
		return 0xfed80000;
	return hole;
}

u64 page_hole_value(void)
{
	return mmio_read32(page_hole()) ? ~0ull : 0;
}

u64 phys_limit(void)
{
	if (cpuid(0x80000000, 0).eax < 0x80000008)
		return BIT(36);
	return BIT(cpuid(0x80000008, 0).eax & 0xff);
}

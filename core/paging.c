/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's page tables, SDM vol. 3 chapter 4, 4-level paging. One set for
 * all CPUs; docs/memory-map.md shows it.
 */
#include "core/paging.h"

#include <hw/cpu.h>
#include <hw/msr.h>

#include "core/boot_entry.h"
#include "core/err.h"
#include "core/image.h"
#include "core/log.h"
#include "core/page.h"
#include "core/panic.h"
#include "core/pgtable.h"
#include "core/spinlock.h"

#define PTE_P		BIT(0)
#define PTE_RW		BIT(1)
#define PTE_PWT		BIT(3)
#define PTE_PCD		BIT(4)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_G		BIT(8)
#define PTE_NX		BIT(63)

/* A and D are set at once: a walk need not write, and RO pages stay clean. */
#define LEAF		(PTE_P | PTE_A | PTE_D | PTE_G)
#define LEAF_RX		LEAF
#define LEAF_RO		(LEAF | PTE_NX)
#define LEAF_RW		(LEAF | PTE_RW | PTE_NX)
#define LEAF_UC		(LEAF_RW | PTE_PCD | PTE_PWT)	/* PAT entry 3 */
#define LEAF_WC		(LEAF_RW | PTE_PWT)		/* PAT entry 1 */

#define LOW_END		0x100000ull

static struct spinlock lock = SPINLOCK_INIT(LOCK_PAGING);
/* `lock` held, or boot. */
static struct pgtable host;
static u64 next_stack_va = STACK_REGION_VA;

static u64 image_offset(const void *va)
{
	return (u64)va - IMAGE_VA;
}

static void must(int err)
{
	if (err)
		panic("paging: no memory for page tables");
}

static void map_image_part(const char *start, const char *end, u64 flags)
{
	must(pgtable_map(&host, (u64)start,
			 boot_image_hpa + image_offset(start),
			 (u64)(end - start), flags));
}

static void unmap_guard(const u8 *guard)
{
	must(pgtable_unmap(&host, (u64)guard, PAGE_SIZE));
}

/* In 4 KiB pages, so that the rights of each part end where it ends. */
static void map_image(void)
{
	u8 leaf = host.max_leaf_level;

	host.max_leaf_level = 1;
	map_image_part(image_start, text_end, LEAF_RX);
	map_image_part(text_end, rodata_end, LEAF_RO);
	map_image_part(rodata_end, image_end, LEAF_RW);
	unmap_guard(boot_stacks.guard);
	unmap_guard(boot_stacks.main_guard);
	unmap_guard(boot_stacks.nmi_guard);
	unmap_guard(boot_stacks.df_guard);
	unmap_guard(boot_stacks.mc_guard);
	host.max_leaf_level = leaf;
}

/* Add [start, end) to the direct map, less the image's own pages. */
static void map_direct(u64 start, u64 end)
{
	u64 image = boot_image_hpa;
	u64 image_stop = image + (u64)(image_end - image_start);

	start = align_down(start, PAGE_SIZE);
	end = align_up(min(end, DIRECT_MAP_BYTES), PAGE_SIZE);
	if (start < image && end > image) {
		map_direct(start, image);
		start = image;
	}
	if (start >= image && start < image_stop)
		start = image_stop;
	if (start < end)
		must(pgtable_map(&host, DIRECT_MAP_VA + start, start,
				 end - start, LEAF_RW));
}

/*
 * RAM and ACPI memory. Not what is reserved: device windows are in there, and
 * ACPI tables outside of their regions go through paging_map_firmware().
 */
static void map_regions(const struct boot_info *info)
{
	for (u32 i = 0; i < info->region_count; i++) {
		const struct boot_region *r = &info->region[i];
		u64 end = r->base_hpa + r->len_bytes;

		if (r->type != REGION_RAM && r->type != REGION_ACPI &&
		    r->type != REGION_NVS)
			continue;
		if (end < r->base_hpa)
			end = DIRECT_MAP_BYTES;
		map_direct(r->base_hpa, end);
	}
	/* BIOS data, EBDA and ROMs, whatever the map says of them. */
	map_direct(0, LOW_END);
}

/*
 * CR0, CR4, PAT alike on every CPU. CR0.WP makes the read-only pages hold for
 * us too; SMEP, SMAP and UMIP cost nothing, as there is no user mode.
 */
static void set_control_registers(void)
{
	struct cpuid_regs r;
	u64 cr4 = CR4_PAE | CR4_PGE | CR4_MCE;

	cpuid(0, 0, &r);
	if (r.eax >= 7) {
		cpuid(7, 0, &r);
		cr4 |= r.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0;
		cr4 |= r.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0;
		cr4 |= r.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0;
	}
	wrmsr(MSR_IA32_PAT, HOST_PAT);
	write_cr0(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	write_cr3(host.root_hpa);
	write_cr4(cr4);
}

static bool has_1g_pages(void)
{
	struct cpuid_regs r;

	cpuid(0x80000001, 0, &r);
	return (r.edx & CPUID_EXT1_EDX_PAGE1GB) != 0;
}

void paging_init(const struct boot_info *info)
{
	must(pgtable_init(&host, 4, has_1g_pages() ? 3 : 2, PTE_P,
			  PTE_P | PTE_RW | PTE_A));
	map_regions(info);
	map_image();
	set_control_registers();
	log_info("paging", "direct map to %llx, %llu KiB of tables",
		 (unsigned long long)page_top_hpa(),
		 (unsigned long long)(host.pages * PAGE_SIZE) >> 10);
}

void paging_init_ap(void)
{
	set_control_registers();
}

void paging_flush(void)
{
	u64 cr4 = read_cr4();

	/* Clearing CR4.PGE drops global translations as well, SDM 4.10.4.1. */
	write_cr4(cr4 & ~CR4_PGE);
	write_cr4(cr4);
}

void paging_seal(void)
{
	u8 leaf = host.max_leaf_level;

	spin_lock(&lock);
	host.max_leaf_level = 1;
	map_image_part(rodata_end, ro_after_init_end, LEAF_RO);
	host.max_leaf_level = leaf;
	spin_unlock(&lock);
	paging_flush();
}

static void flush_range(u64 va, u64 len_bytes)
{
	for (u64 done = 0; done < len_bytes; done += PAGE_SIZE)
		invlpg((const void *)(va + done));
}

void *paging_map_mmio(u64 hpa, u64 len_bytes, enum mmio_type type)
{
	u64 start = align_down(hpa, PAGE_SIZE);
	u64 end = align_up(hpa + len_bytes, PAGE_SIZE);
	u64 flags = type == MMIO_WC ? LEAF_WC : LEAF_UC;
	int err;

	if (!len_bytes || end <= start || end > DIRECT_MAP_BYTES)
		return NULL;
	spin_lock(&lock);
	err = pgtable_map(&host, DIRECT_MAP_VA + start, start, end - start,
			  flags);
	spin_unlock(&lock);
	flush_range(DIRECT_MAP_VA + start, end - start);
	return err ? NULL : (void *)(DIRECT_MAP_VA + hpa);
}

int paging_map_firmware(u64 hpa, u64 len_bytes)
{
	u64 start = align_down(hpa, PAGE_SIZE);
	u64 end = align_up(hpa + len_bytes, PAGE_SIZE);
	int err = 0;
	u8 level;

	if (end <= start || end > DIRECT_MAP_BYTES)
		return fail(-EINVAL);
	spin_lock(&lock);
	for (; start < end && !err; start += PAGE_SIZE) {
		if (!pgtable_lookup(&host, DIRECT_MAP_VA + start, &level))
			err = pgtable_map(&host, DIRECT_MAP_VA + start, start,
					  PAGE_SIZE, LEAF_RW);
	}
	spin_unlock(&lock);
	return err;
}

bool paging_mapped(const void *va)
{
	u8 level;

	/* Before paging_init() the early tables map the image. */
	if (!host.root_hpa)
		return va >= (const void *)image_start &&
		       va < (const void *)image_end;
	return pgtable_lookup(&host, (u64)va, &level) != 0;
}

/* Page by page: a stack need not be contiguous in physical memory. */
static int map_stack(u64 va, u32 pages)
{
	for (u32 i = 0; i < pages; i++) {
		u64 hpa = page_alloc_hpa(1, PAGE_SIZE);
		int err;

		if (hpa == PAGE_ALLOC_FAILED)
			return fail(-ENOMEM);
		err = pgtable_map(&host, va + i * PAGE_SIZE, hpa, PAGE_SIZE,
				  LEAF_RW);
		if (err)
			return err;
	}
	return 0;
}

void *paging_alloc_stack(u32 pages)
{
	u64 bottom;
	int err;

	spin_lock(&lock);
	/* One guard page below; the next stack's guard is the one above. */
	bottom = next_stack_va + PAGE_SIZE;
	next_stack_va = bottom + pages * PAGE_SIZE;
	err = map_stack(bottom, pages);
	spin_unlock(&lock);
	return err ? NULL : (void *)(bottom + pages * PAGE_SIZE);
}

u64 virt_to_hpa(const void *va)
{
	u64 addr = (u64)va;

	if (addr >= (u64)image_start && addr < (u64)image_end)
		return boot_image_hpa + image_offset(va);
	ASSERT(addr >= DIRECT_MAP_VA && addr < STACK_REGION_VA);
	return addr - DIRECT_MAP_VA;
}

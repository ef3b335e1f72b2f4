/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical page allocator: an array of free extents, sorted by address,
 * disjoint and never adjacent. Small requests come from the lowest extent,
 * large ones (guest RAM) from the highest, so that the two do not mix.
 */
#include "core/page.h"

#include <hw/phys.h>

#include "core/image.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/paging.h"
#include "core/spinlock.h"
#include "core/string.h"

#define MAX_EXTENTS	512
#define LARGE_PAGES	512	/* 2 MiB: from here on, from the top */
#define LOW_END		0x100000ull
#define LOW_RAM_END	0xa0000ull	/* above: video memory and ROMs */

struct extent {
	u64 start, end;		/* hpa, end exclusive, never empty */
};

static struct spinlock lock;
/* All below: `lock` held, or boot. */
static struct extent extents[MAX_EXTENTS];
static u32 extent_count;
static u64 free_bytes;
static u64 total_bytes;
static u64 top_hpa;
static u64 low_hpa;

/* Index of the first extent that ends after @hpa. */
static u32 find_after(u64 hpa)
{
	u32 i = 0;

	while (i < extent_count && extents[i].end <= hpa)
		i++;
	return i;
}

static void drop_entries(u32 index, u32 count)
{
	extent_count -= count;
	memmove(&extents[index], &extents[index + count],
		(extent_count - index) * sizeof(extents[0]));
}

static bool insert_entry(u32 index, u64 start, u64 end)
{
	if (extent_count == MAX_EXTENTS)
		return false;
	memmove(&extents[index + 1], &extents[index],
		(extent_count - index) * sizeof(extents[0]));
	extents[index] = (struct extent){ start, end };
	extent_count++;
	return true;
}

/* Add a range; what overlaps or touches it melts into one extent. */
static bool add_range(u64 start, u64 end)
{
	u32 first = 0, last;

	while (first < extent_count && extents[first].end < start)
		first++;
	for (last = first; last < extent_count; last++) {
		if (extents[last].start > end)
			break;
		start = min(start, extents[last].start);
		end = max(end, extents[last].end);
		free_bytes -= extents[last].end - extents[last].start;
	}
	drop_entries(first, last - first);
	if (!insert_entry(first, start, end))
		return false;
	free_bytes += end - start;
	return true;
}

/* Take a range out of whatever it overlaps. */
static bool remove_range(u64 start, u64 end)
{
	u32 i = find_after(start);

	while (i < extent_count && extents[i].start < end) {
		struct extent *e = &extents[i];
		u64 tail = e->end;

		free_bytes -= min(end, tail) - max(start, e->start);
		if (e->start >= start && tail <= end) {
			drop_entries(i, 1);
			continue;
		}
		if (e->start >= start) {
			e->start = end;
			return true;
		}
		e->end = start;
		i++;
		if (tail > end)
			return insert_entry(i, end, tail);
	}
	return true;
}

/* Whole pages inside of a RAM region; what the direct map cannot reach goes. */
static void add_region(const struct boot_region *r)
{
	u64 end = r->base_hpa + r->len_bytes;
	u64 start = r->base_hpa;

	if (end < start || end > DIRECT_MAP_BYTES) {
		end = DIRECT_MAP_BYTES;
		log_warn("page", "RAM at %llx reaches beyond %u TiB: cut",
			 (unsigned long long)start,
			 (u32)(DIRECT_MAP_BYTES >> 40));
	}
	if (start > ~0ull - PAGE_SIZE)
		return;
	start = align_up(start, PAGE_SIZE);
	end = align_down(end, PAGE_SIZE);
	if (start >= end)
		return;
	if (!add_range(start, end))
		log_warn("page", "map too fragmented: RAM at %llx unused",
			 (unsigned long long)start);
	top_hpa = max(top_hpa, end);
}

/* All pages that a range touches. */
static void reserve(u64 base_hpa, u64 len_bytes)
{
	u64 end = base_hpa + len_bytes;

	if (!len_bytes)
		return;
	if (end < base_hpa || end > ~0ull - PAGE_SIZE)
		end = align_down(~0ull, PAGE_SIZE);
	if (!remove_range(align_down(base_hpa, PAGE_SIZE),
			  align_up(end, PAGE_SIZE)))
		panic("page: memory map too fragmented");
}

/*
 * The page for the AP trampoline: the highest free one below the video memory.
 * Page 0 is never taken: its address is PAGE_ALLOC_FAILED.
 */
static u64 pick_low_page(void)
{
	u64 best = 0;

	for (u32 i = 0; i < extent_count; i++) {
		u64 end = min(extents[i].end, LOW_RAM_END);

		if (end > extents[i].start)
			best = end - PAGE_SIZE;
	}
	return best;
}

void page_init(const struct boot_info *info)
{
	spin_init(&lock, LOCK_PAGE);
	extent_count = 0;
	free_bytes = 0;
	top_hpa = 0;
	for (u32 i = 0; i < info->region_count; i++) {
		if (info->region[i].type == REGION_RAM)
			add_region(&info->region[i]);
	}
	for (u32 i = 0; i < info->region_count; i++) {
		if (info->region[i].type != REGION_RAM)
			reserve(info->region[i].base_hpa,
				info->region[i].len_bytes);
	}
	for (u32 i = 0; i < info->module_count; i++)
		reserve(info->module[i].base_hpa, info->module[i].len_bytes);
	reserve(info->image_hpa, (u64)(image_end - image_start));
	low_hpa = pick_low_page();
	reserve(0, LOW_END);
	total_bytes = free_bytes;
	log_info("page", "%llu MiB free in %u extents, top at %llx",
		 (unsigned long long)(free_bytes >> 20), extent_count,
		 (unsigned long long)top_hpa);
}

/* The lowest aligned place in @e for @bytes, or PAGE_ALLOC_FAILED. */
static u64 fit_low(const struct extent *e, u64 bytes, u64 align)
{
	u64 hpa = align_up(e->start, align);

	if (hpa < e->start || hpa >= e->end || e->end - hpa < bytes)
		return PAGE_ALLOC_FAILED;
	return hpa;
}

static u64 fit_high(const struct extent *e, u64 bytes, u64 align)
{
	u64 hpa;

	if (e->end - e->start < bytes)
		return PAGE_ALLOC_FAILED;
	hpa = align_down(e->end - bytes, align);
	return hpa >= e->start ? hpa : PAGE_ALLOC_FAILED;
}

static u64 find_fit(u64 pages, u64 align)
{
	u64 hpa = PAGE_ALLOC_FAILED;
	u64 bytes = pages << PAGE_SHIFT;

	if (pages < LARGE_PAGES) {
		for (u32 i = 0; i < extent_count && !hpa; i++)
			hpa = fit_low(&extents[i], bytes, align);
	} else {
		for (u32 i = extent_count; i-- > 0 && !hpa;)
			hpa = fit_high(&extents[i], bytes, align);
	}
	return hpa;
}

u64 page_alloc_hpa(u64 pages, u64 align_bytes)
{
	u64 align = max(align_bytes, (u64)PAGE_SIZE);
	u64 hpa;

	if (!pages || pages > ~0ull >> PAGE_SHIFT || (align & (align - 1)))
		return PAGE_ALLOC_FAILED;
	spin_lock(&lock);
	hpa = find_fit(pages, align);
	/* Splitting an extent may need one more entry than there is. */
	if (hpa && !remove_range(hpa, hpa + (pages << PAGE_SHIFT)))
		panic("page: extents full");
	spin_unlock(&lock);
	if (hpa)
		memset(phys_to_virt(hpa), 0, pages << PAGE_SHIFT);
	return hpa;
}

void page_free_hpa(u64 hpa, u64 pages)
{
	u64 end = hpa + (pages << PAGE_SHIFT);
	bool ok;
	u32 i;

	ASSERT(hpa && pages && end > hpa && is_aligned(hpa, PAGE_SIZE));
	spin_lock(&lock);
	i = find_after(hpa);
	/* Freeing what is free is our own bug, and would corrupt memory. */
	ASSERT(i == extent_count || extents[i].start >= end);
	ok = add_range(hpa, end);
	spin_unlock(&lock);
	if (!ok)
		log_warn("page", "too many extents: %llu pages lost",
			 (unsigned long long)pages);
}

void *page_alloc(void)
{
	u64 hpa = page_alloc_hpa(1, PAGE_SIZE);

	return hpa == PAGE_ALLOC_FAILED ? NULL : phys_to_virt(hpa);
}

void page_free(void *page)
{
	page_free_hpa(virt_to_hpa(page), 1);
}

u64 page_low_hpa(void)
{
	return low_hpa;
}

u64 page_free_bytes(void)
{
	return READ_ONCE(free_bytes);
}

u64 page_total_bytes(void)
{
	return total_bytes;
}

u64 page_top_hpa(void)
{
	return top_hpa;
}

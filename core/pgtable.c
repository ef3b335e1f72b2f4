/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Radix tables of 512 entries, 8 bytes each. A table that exists is never
 * replaced by a leaf: other CPUs may be walking it, and only the caller knows
 * when they have stopped. So tables are only freed by pgtable_destroy().
 */
#include "core/pgtable.h"

#include <hw/phys.h>

#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/paging.h"

#define ENTRIES		512u
#define ENTRY_ADDRESS	BITS(51, 12)

static u64 level_size(u8 level)
{
	return 1ull << (PAGE_SHIFT + 9 * (level - 1));
}

static u64 *entry_of(u64 table_hpa, u64 addr, u8 level)
{
	u64 index = (addr >> (PAGE_SHIFT + 9 * (level - 1))) % ENTRIES;

	return (u64 *)phys_to_virt(table_hpa) + index;
}

static bool is_present(const struct pgtable *pt, u64 entry)
{
	return (entry & pt->present) != 0;
}

static bool is_leaf(u64 entry, u8 level)
{
	return level == 1 || (entry & PGTABLE_LEAF);
}

/* Pairs with the hardware's walk: a table is complete before it is linked. */
static void set_entry(u64 *entry, u64 value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

int pgtable_init(struct pgtable *pt, u8 levels, u8 max_leaf_level, u64 present,
		 u64 table_flags)
{
	u64 hpa = page_alloc_hpa(1, PAGE_SIZE);

	if (hpa == PAGE_ALLOC_FAILED)
		return fail(-ENOMEM);
	*pt = (struct pgtable){
		.root_hpa = hpa,
		.levels = levels,
		.max_leaf_level = max_leaf_level,
		.present = present,
		.table_flags = table_flags,
		.pages = 1,
	};
	return 0;
}

/* Fill a new table with what the leaf @entry at @level maps. */
static void split_leaf(u64 *table, u64 entry, u8 level)
{
	u64 step = level_size(level - 1);

	if (level - 1 == 1)
		entry &= ~PGTABLE_LEAF;
	for (u32 i = 0; i < ENTRIES; i++)
		table[i] = entry + i * step;
}

/* The table below *@entry, made if need be. PAGE_ALLOC_FAILED: no memory. */
static u64 table_below(struct pgtable *pt, u64 *entry, u8 level)
{
	u64 old = *entry;
	u64 hpa;

	if (is_present(pt, old) && !is_leaf(old, level))
		return old & ENTRY_ADDRESS;
	hpa = page_alloc_hpa(1, PAGE_SIZE);
	if (hpa == PAGE_ALLOC_FAILED)
		return hpa;
	pt->pages++;
	if (is_present(pt, old))
		split_leaf(phys_to_virt(hpa), old, level);
	set_entry(entry, hpa | pt->table_flags);
	return hpa;
}

/* The largest leaf that alignment, length and the format allow. */
static u8 best_level(const struct pgtable *pt, u64 addr, u64 hpa, u64 len)
{
	u8 level = pt->max_leaf_level;

	while (level > 1 && (!is_aligned(addr | hpa, level_size(level)) ||
			     len < level_size(level)))
		level--;
	return level;
}

/*
 * Descend to @level, or further where a table is in place already. The entry
 * found and its level in *@level; NULL: no memory.
 */
static u64 *walk_make(struct pgtable *pt, u64 addr, u8 *level)
{
	u64 table = pt->root_hpa;

	for (u8 l = pt->levels;; l--) {
		u64 *entry = entry_of(table, addr, l);
		bool has_table = is_present(pt, *entry) && !is_leaf(*entry, l);

		if (l <= *level && !has_table) {
			*level = l;
			return entry;
		}
		table = table_below(pt, entry, l);
		if (table == PAGE_ALLOC_FAILED)
			return NULL;
	}
}

static bool range_ok(u64 addr, u64 len_bytes)
{
	u64 end = addr + len_bytes;

	return is_aligned(addr | len_bytes, PAGE_SIZE) &&
	       (end >= addr || end == 0);
}

int pgtable_map(struct pgtable *pt, u64 addr, u64 hpa, u64 len_bytes,
		u64 flags)
{
	if (!range_ok(addr, len_bytes) || !is_aligned(hpa, PAGE_SIZE))
		return fail(-EINVAL);
	while (len_bytes) {
		u8 level = best_level(pt, addr, hpa, len_bytes);
		u64 *entry = walk_make(pt, addr, &level);
		u64 size;

		if (!entry)
			return fail(-ENOMEM);
		set_entry(entry, (hpa & ENTRY_ADDRESS) | flags |
				 (level > 1 ? PGTABLE_LEAF : 0));
		size = level_size(level);
		addr += size;
		hpa += size;
		len_bytes -= size;
	}
	return 0;
}

/* Clear what maps @addr, at most @len bytes; sets *@size to what was done. */
static int unmap_one(struct pgtable *pt, u64 addr, u64 len, u64 *size)
{
	u64 table = pt->root_hpa;

	for (u8 l = pt->levels;; l--) {
		u64 *entry = entry_of(table, addr, l);
		u64 offset = addr & (level_size(l) - 1);
		bool whole = !offset && len >= level_size(l);

		*size = min(level_size(l) - offset, len);
		if (!is_present(pt, *entry))
			return 0;
		if (is_leaf(*entry, l) && whole) {
			set_entry(entry, 0);
			return 0;
		}
		table = table_below(pt, entry, l);
		if (table == PAGE_ALLOC_FAILED)
			return fail(-ENOMEM);
	}
}

int pgtable_unmap(struct pgtable *pt, u64 addr, u64 len_bytes)
{
	u64 size;
	int err;

	if (!range_ok(addr, len_bytes))
		return fail(-EINVAL);
	while (len_bytes) {
		err = unmap_one(pt, addr, len_bytes, &size);
		if (err)
			return err;
		addr += size;
		len_bytes -= size;
	}
	return 0;
}

u64 pgtable_lookup(const struct pgtable *pt, u64 addr, u8 *level)
{
	u64 table = pt->root_hpa;

	for (u8 l = pt->levels; l > 0; l--) {
		u64 entry = *entry_of(table, addr, l);

		if (!is_present(pt, entry))
			return 0;
		if (is_leaf(entry, l)) {
			*level = l;
			return entry;
		}
		table = entry & ENTRY_ADDRESS;
	}
	return 0;
}

static void free_table(struct pgtable *pt, u64 table, u8 level)
{
	const u64 *entries = phys_to_virt(table);

	for (u32 i = 0; level > 1 && i < ENTRIES; i++) {
		if (is_present(pt, entries[i]) && !is_leaf(entries[i], level))
			free_table(pt, entries[i] & ENTRY_ADDRESS, level - 1);
	}
	page_free_hpa(table, 1);
	pt->pages--;
}

void pgtable_destroy(struct pgtable *pt)
{
	if (!pt->root_hpa)
		return;
	free_table(pt, pt->root_hpa, pt->levels);
	pt->root_hpa = 0;
}

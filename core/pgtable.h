/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One walker for every radix table with 512 eight-byte entries: host paging,
 * EPT, VT-d second stage. The formats differ only in bits, so a table carries
 * those as data. An entry changes by one atomic store; flushing is the
 * caller's.
 */
#ifndef CORE_PGTABLE_H
#define CORE_PGTABLE_H

#include "core/types.h"

#define PGTABLE_LEAF	BIT(7)		/* PS: the same in all three formats */

struct pgtable {
	u64 root_hpa;
	u8 levels;		/* 3 to 5 */
	u8 max_leaf_level;	/* 1: 4K, 2: 2M, 3: 1G */
	u64 present;		/* any of these set: entry is present */
	u64 table_flags;	/* flags of an entry that points to a table */
	u64 pages;		/* table pages in use, root included */
};

/* Allocate the root. -ENOMEM. */
int pgtable_init(struct pgtable *pt, u8 levels, u8 max_leaf_level,
		 u64 present, u64 table_flags) __must_check;
/*
 * Map [addr, addr + len) to hpa with @flags in each leaf, with the largest
 * pages that alignment and max_leaf_level allow. Replaces what was there and
 * splits larger leaves. -ENOMEM leaves a part mapped; -EINVAL: not 4K aligned.
 */
int pgtable_map(struct pgtable *pt, u64 addr, u64 hpa, u64 len_bytes,
		u64 flags) __must_check;
int pgtable_unmap(struct pgtable *pt, u64 addr, u64 len_bytes) __must_check;
/* The leaf that maps @addr (its level in *level), or 0. */
u64 pgtable_lookup(const struct pgtable *pt, u64 addr, u8 *level);
/* Free all table pages, not what they map. */
void pgtable_destroy(struct pgtable *pt);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* core/pgtable.c, with the bits of host paging and of EPT. */
#include "core/pgtable.h"

#include <string.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/phys.h>

#include "core/err.h"
#include "core/log.h"
#include "core/page.h"

#define MIB	(1ull << 20)
#define P	BIT(0)
#define RW	BIT(1)
#define NX	BIT(63)
#define EPT_RWX	BITS(2, 0)
#define ADDRESS	BITS(51, 12)

static struct pgtable pt;

/* @ram_pages after the image are all that tables may take. */
static void start(u64 ram_pages)
{
	static struct boot_info info;

	hw_reset();
	log_set_level(LOG_ERROR);
	memset(&info, 0, sizeof(info));
	info.image_hpa = 16 * MIB;
	info.region_count = 1;
	info.region[0] = (struct boot_region){
		32 * MIB, ram_pages * PAGE_SIZE, REGION_RAM, 0
	};
	hw_ram_add(32 * MIB, ram_pages * PAGE_SIZE);
	page_init(&info);
}

static void start_host(u8 max_leaf)
{
	start(256);
	ASSERT_TRUE(!pgtable_init(&pt, 4, max_leaf, P, P | RW));
}

static u64 leaf_level(u64 addr)
{
	u8 level = 0;

	return pgtable_lookup(&pt, addr, &level) ? level : 0;
}

static u64 leaf_hpa(u64 addr)
{
	u8 level;

	return pgtable_lookup(&pt, addr, &level) & ADDRESS;
}

TEST(one_page)
{
	u8 level;

	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 0x5000, 0x7000, PAGE_SIZE, P | NX), 0);
	EXPECT_EQ(pgtable_lookup(&pt, 0x5123, &level), 0x7000 | P | NX);
	EXPECT_EQ(level, 1);
	EXPECT_EQ(pgtable_lookup(&pt, 0x4fff, &level), 0);
	EXPECT_EQ(pgtable_lookup(&pt, 0x6000, &level), 0);
	EXPECT_EQ(pt.pages, 4);
}

TEST(largest_pages_that_alignment_allows)
{
	start_host(3);
	/* 4K up to 2 MiB, 2M up to 1 GiB, then 1G. */
	EXPECT_EQ(pgtable_map(&pt, MIB, MIB, 3 * SIZE_1G, P), 0);
	EXPECT_EQ(leaf_level(MIB), 1);
	EXPECT_EQ(leaf_level(2 * MIB), 2);
	EXPECT_EQ(leaf_level(SIZE_1G - 1), 2);
	EXPECT_EQ(leaf_level(SIZE_1G), 3);
	EXPECT_EQ(leaf_level(3 * SIZE_1G), 1);
	EXPECT_EQ(leaf_level(3 * SIZE_1G + MIB), 0);
	EXPECT_EQ(leaf_hpa(SIZE_1G), SIZE_1G);
}

TEST(leaf_size_is_limited)
{
	start_host(2);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, SIZE_1G, P), 0);
	EXPECT_EQ(leaf_level(0), 2);
	EXPECT_EQ(leaf_hpa(512 * MIB), 512 * MIB);
}

TEST(misaligned_target_takes_small_pages)
{
	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 0, PAGE_SIZE, 2 * MIB, P), 0);
	EXPECT_EQ(leaf_level(0), 1);
	EXPECT_EQ(leaf_hpa(MIB), MIB + PAGE_SIZE);
}

TEST(bad_arguments)
{
	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 1, 0, PAGE_SIZE, P), -EINVAL);
	EXPECT_EQ(pgtable_map(&pt, 0, 1, PAGE_SIZE, P), -EINVAL);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, 1, P), -EINVAL);
	EXPECT_EQ(pgtable_map(&pt, ~0xfffull, 0, 2 * PAGE_SIZE, P), -EINVAL);
	EXPECT_EQ(pgtable_unmap(&pt, 1, PAGE_SIZE), -EINVAL);
	EXPECT_EQ(pt.pages, 1);
}

TEST(last_page_of_the_address_space)
{
	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, ~0xfffull, 0x3000, PAGE_SIZE, P), 0);
	EXPECT_EQ(leaf_hpa(~0ull), 0x3000);
}

TEST(mapping_again_replaces)
{
	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, 4 * MIB, P | RW), 0);
	EXPECT_EQ(pgtable_map(&pt, 0, 8 * MIB, 4 * MIB, P), 0);
	EXPECT_EQ(leaf_hpa(2 * MIB), 10 * MIB);
	EXPECT_EQ(leaf_level(2 * MIB), 2);
}

TEST(small_into_large_splits)
{
	u8 level;

	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, SIZE_1G, P | RW), 0);
	EXPECT_EQ(pgtable_map(&pt, 5 * MIB, 5 * MIB, PAGE_SIZE, P), 0);
	EXPECT_EQ(pgtable_lookup(&pt, 5 * MIB, &level), 5 * MIB | P);
	EXPECT_EQ(level, 1);
	/* The neighbours keep target and rights; bit 7 is PAT in a 4K leaf. */
	EXPECT_EQ(pgtable_lookup(&pt, 5 * MIB + PAGE_SIZE, &level),
		  (5 * MIB + PAGE_SIZE) | P | RW);
	EXPECT_EQ(pgtable_lookup(&pt, 6 * MIB, &level),
		  6 * MIB | P | RW | PGTABLE_LEAF);
	EXPECT_EQ(level, 2);
	EXPECT_EQ(leaf_hpa(SIZE_1G - 1), SIZE_1G - 2 * MIB);
}

TEST(large_over_tables_keeps_the_tables)
{
	u64 pages;

	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, PAGE_SIZE, P), 0);
	pages = pt.pages;
	EXPECT_EQ(pgtable_map(&pt, 0, 4 * MIB, 2 * MIB, P), 0);
	EXPECT_EQ(leaf_level(0), 1);
	EXPECT_EQ(leaf_hpa(MIB), 5 * MIB);
	EXPECT_EQ(pt.pages, pages);
}

TEST(unmap_whole_and_part)
{
	start_host(3);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, 8 * MIB, P), 0);
	EXPECT_EQ(pgtable_unmap(&pt, 2 * MIB, 2 * MIB), 0);
	EXPECT_EQ(leaf_level(2 * MIB), 0);
	EXPECT_EQ(leaf_level(4 * MIB), 2);
	EXPECT_EQ(pgtable_unmap(&pt, 5 * MIB, PAGE_SIZE), 0);
	EXPECT_EQ(leaf_level(5 * MIB), 0);
	EXPECT_EQ(leaf_hpa(5 * MIB + PAGE_SIZE), 5 * MIB + PAGE_SIZE);
	EXPECT_EQ(leaf_level(4 * MIB), 1);
}

TEST(unmap_of_nothing_makes_no_table)
{
	start_host(3);
	EXPECT_EQ(pgtable_unmap(&pt, 0, 1ull << 46), 0);
	EXPECT_EQ(pt.pages, 1);
}

TEST(ept_bits)
{
	u8 level;

	start(64);
	/* Present is any of R, W, X; an execute-only leaf is present. */
	EXPECT_EQ(pgtable_init(&pt, 4, 3, EPT_RWX, EPT_RWX), 0);
	EXPECT_EQ(pgtable_map(&pt, 0, SIZE_2M, SIZE_2M, BIT(2)), 0);
	EXPECT_EQ(pgtable_lookup(&pt, 0, &level),
		  SIZE_2M | BIT(2) | PGTABLE_LEAF);
	EXPECT_EQ(level, 2);
	pgtable_destroy(&pt);
}

TEST(five_and_three_levels)
{
	start(64);
	EXPECT_EQ(pgtable_init(&pt, 5, 1, P, P), 0);
	EXPECT_EQ(pgtable_map(&pt, 1ull << 50, 0x1000, PAGE_SIZE, P), 0);
	EXPECT_EQ(leaf_hpa(1ull << 50), 0x1000);
	EXPECT_EQ(pt.pages, 5);
	pgtable_destroy(&pt);
	EXPECT_EQ(pgtable_init(&pt, 3, 1, P, P), 0);
	EXPECT_EQ(pgtable_map(&pt, 0, 0x1000, PAGE_SIZE, P), 0);
	EXPECT_EQ(pt.pages, 3);
}

TEST(destroy_frees_every_table)
{
	u64 before;

	start(256);
	before = page_free_bytes();
	EXPECT_EQ(pgtable_init(&pt, 4, 3, P, P), 0);
	EXPECT_EQ(pgtable_map(&pt, MIB, MIB, 3 * SIZE_1G, P), 0);
	EXPECT_EQ(pgtable_unmap(&pt, SIZE_1G + MIB, MIB), 0);
	EXPECT_EQ(before - page_free_bytes(), pt.pages * PAGE_SIZE);
	pgtable_destroy(&pt);
	EXPECT_EQ(page_free_bytes(), before);
	EXPECT_EQ(pt.pages, 0);
	/* A second time is harmless. */
	pgtable_destroy(&pt);
}

TEST(out_of_memory)
{
	start(2);
	EXPECT_EQ(pgtable_init(&pt, 4, 1, P, P), 0);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, PAGE_SIZE, P), -ENOMEM);
	EXPECT_EQ(leaf_level(0), 0);
	pgtable_destroy(&pt);
	EXPECT_EQ(page_free_bytes(), 2 * PAGE_SIZE);

	start(3);
	EXPECT_EQ(pgtable_init(&pt, 4, 3, P, P), 0);
	EXPECT_EQ(pgtable_map(&pt, 0, 0, SIZE_1G, P), 0);
	EXPECT_EQ(pgtable_unmap(&pt, 0, PAGE_SIZE), -ENOMEM);
	/* Still mapped, not half gone. */
	EXPECT(leaf_level(SIZE_1G - 1) != 0);

	start(1);
	EXPECT(page_alloc());
	EXPECT_EQ(pgtable_init(&pt, 4, 3, P, P), -ENOMEM);
}

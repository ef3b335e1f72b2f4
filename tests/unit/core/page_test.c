/* SPDX-License-Identifier: BSD-2-Clause */
/* core/page.c: extents from broken memory maps, and what comes out of them. */
#include "core/page.h"

#include <string.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/panic.h>
#include <hw/phys.h>

#include "core/log.h"
#include "core/paging.h"

#define MIB	(1ull << 20)
#define GIB	(1ull << 30)
#define IMAGE	(16 * MIB)	/* 2 MiB long in the host build */

static struct boot_info info;

static void start(void)
{
	hw_reset();
	log_set_level(LOG_ERROR);
	memset(&info, 0, sizeof(info));
	info.image_hpa = IMAGE;
}

static void region(u64 base, u64 len, u32 type)
{
	info.region[info.region_count++] = (struct boot_region){
		base, len, type, 0
	};
}

static void module(u64 base, u64 len)
{
	struct boot_module *m = &info.module[info.module_count++];

	m->base_hpa = base;
	m->len_bytes = len;
}

/* A PC of 64 MiB: everything that a test allocates is backed by hw_ram. */
static void start_pc(void)
{
	start();
	hw_ram_add(0, 64 * MIB);
	region(0, 0x9fc00, REGION_RAM);
	region(0x9fc00, 0x400, REGION_RESERVED);
	region(0xf0000, 0x10000, REGION_RESERVED);
	region(MIB, 63 * MIB, REGION_RAM);
	page_init(&info);
}

TEST(first_mib_and_image_are_not_free)
{
	start_pc();
	EXPECT_EQ(page_free_bytes(), 61 * MIB);
	EXPECT_EQ(page_total_bytes(), 61 * MIB);
	EXPECT_EQ(page_top_hpa(), 64 * MIB);
}

TEST(low_page_is_the_highest_below_video_memory)
{
	start_pc();
	/* 0x9f000 holds a reserved KiB at its end. */
	EXPECT_EQ(page_low_hpa(), 0x9e000);
}

TEST(low_page_avoids_modules_and_page_zero)
{
	start();
	region(0, 0x3000, REGION_RAM);
	module(0x1800, 0x1000);
	page_init(&info);
	/* Pages 1 and 2 hold the module; page 0 means "none". */
	EXPECT_EQ(page_low_hpa(), 0);
}

TEST(overlapping_ram_counts_once)
{
	start();
	region(32 * MIB, 8 * MIB, REGION_RAM);
	region(36 * MIB, 8 * MIB, REGION_RAM);
	region(33 * MIB, MIB, REGION_RAM);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), 12 * MIB);
}

TEST(unsorted_and_adjacent_ram_becomes_one_extent)
{
	start();
	hw_ram_add(32 * MIB, 16 * MIB);
	region(40 * MIB, 8 * MIB, REGION_RAM);
	region(32 * MIB, 8 * MIB, REGION_RAM);
	page_init(&info);
	EXPECT_EQ(page_alloc_hpa(16 * MIB / PAGE_SIZE, PAGE_SIZE), 32 * MIB);
	EXPECT_EQ(page_free_bytes(), 0);
}

TEST(reserved_wins_over_ram_in_either_order)
{
	start();
	region(33 * MIB, MIB, REGION_ACPI);
	region(32 * MIB, 8 * MIB, REGION_RAM);
	region(35 * MIB, MIB, REGION_BAD);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), 6 * MIB);
}

TEST(ram_rounds_inwards_reserved_outwards)
{
	start();
	region(32 * MIB + 1, 4 * PAGE_SIZE, REGION_RAM);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), 3 * PAGE_SIZE);

	region(32 * MIB + 2 * PAGE_SIZE + 5, 1, REGION_RESERVED);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), 2 * PAGE_SIZE);
}

TEST(less_than_a_page_is_nothing)
{
	start();
	region(32 * MIB + 0x800, 0x700, REGION_RAM);
	region(33 * MIB, 0, REGION_RAM);
	region(34 * MIB, 0, REGION_RESERVED);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), 0);
	EXPECT_EQ(page_alloc_hpa(1, PAGE_SIZE), PAGE_ALLOC_FAILED);
	EXPECT(!page_alloc());
}

TEST(regions_that_wrap_are_cut)
{
	start();
	region(~0ull - 0xfff, 0x2000, REGION_RAM);
	region(DIRECT_MAP_BYTES - MIB, 4 * MIB, REGION_RAM);
	region(~0ull - 0x1fff, ~0ull, REGION_RESERVED);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), MIB);
	EXPECT_EQ(page_top_hpa(), DIRECT_MAP_BYTES);
}

TEST(memory_beyond_4_gib)
{
	u64 hpa;

	start();
	hw_ram_add(4 * GIB, 2 * GIB);
	region(4 * GIB, 2 * GIB, REGION_RAM);
	page_init(&info);
	EXPECT_EQ(page_top_hpa(), 6 * GIB);
	hpa = page_alloc_hpa(512, 2 * MIB);
	EXPECT_EQ(hpa, 6 * GIB - 2 * MIB);
	EXPECT_EQ(page_alloc_hpa(1, PAGE_SIZE), 4 * GIB);
}

TEST(modules_are_kept)
{
	start();
	region(32 * MIB, 8 * MIB, REGION_RAM);
	module(33 * MIB + 17, MIB);
	module(35 * MIB, 0);
	page_init(&info);
	EXPECT_EQ(page_free_bytes(), 7 * MIB - PAGE_SIZE);
}

TEST(pages_come_zeroed)
{
	u8 *page;

	start_pc();
	page = page_alloc();
	ASSERT_TRUE(page);
	memset(page, 0xa5, PAGE_SIZE);
	page_free(page);
	EXPECT(page_alloc() == page);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		ASSERT_TRUE(page[i] == 0);
}

TEST(small_from_below_large_from_above)
{
	start_pc();
	EXPECT_EQ(page_alloc_hpa(1, PAGE_SIZE), MIB);
	EXPECT_EQ(page_alloc_hpa(4 * MIB / PAGE_SIZE, 2 * MIB), 60 * MIB);
	EXPECT_EQ(page_alloc_hpa(2, PAGE_SIZE), MIB + PAGE_SIZE);
}

TEST(alignment_is_kept)
{
	start_pc();
	EXPECT_EQ(page_alloc_hpa(1, PAGE_SIZE), MIB);
	EXPECT_EQ(page_alloc_hpa(1, 2 * MIB), 2 * MIB);
	EXPECT_EQ(page_alloc_hpa(1, 1), MIB + PAGE_SIZE);
	EXPECT_EQ(page_alloc_hpa(1024, 16 * MIB), 48 * MIB);
}

TEST(bad_requests_fail)
{
	u64 before;

	start_pc();
	before = page_free_bytes();
	EXPECT_EQ(page_alloc_hpa(0, PAGE_SIZE), PAGE_ALLOC_FAILED);
	EXPECT_EQ(page_alloc_hpa(1, 3 * PAGE_SIZE), PAGE_ALLOC_FAILED);
	EXPECT_EQ(page_alloc_hpa(~0ull, PAGE_SIZE), PAGE_ALLOC_FAILED);
	EXPECT_EQ(page_alloc_hpa(1ull << 52, PAGE_SIZE), PAGE_ALLOC_FAILED);
	EXPECT_EQ(page_alloc_hpa(1, 1ull << 63), PAGE_ALLOC_FAILED);
	EXPECT_EQ(page_alloc_hpa(16384, PAGE_SIZE), PAGE_ALLOC_FAILED);
	EXPECT_EQ(page_free_bytes(), before);
}

TEST(free_merges_with_both_neighbours)
{
	u64 a, b, c, before;

	start_pc();
	before = page_free_bytes();
	a = page_alloc_hpa(1, PAGE_SIZE);
	b = page_alloc_hpa(1, PAGE_SIZE);
	c = page_alloc_hpa(1, PAGE_SIZE);
	page_free_hpa(a, 1);
	page_free_hpa(c, 1);
	page_free_hpa(b, 1);
	EXPECT_EQ(page_free_bytes(), before);
	/* Only one extent gives all of [1, 16) MiB. */
	EXPECT_EQ(page_alloc_hpa(300, PAGE_SIZE), a);
}

TEST(freeing_twice_panics)
{
	static u64 hpa;

	start_pc();
	hpa = page_alloc_hpa(4, PAGE_SIZE);
	page_free_hpa(hpa, 4);
	EXPECT_PANIC(page_free_hpa(hpa + PAGE_SIZE, 1));
	hw_reset();
}

TEST(fragmented_beyond_the_table_loses_pages_not_order)
{
	static u64 hpa[1100];
	u64 lost;

	start_pc();
	for (u32 i = 0; i < 1100; i++)
		hpa[i] = page_alloc_hpa(1, PAGE_SIZE);
	for (u32 i = 0; i < 1100; i += 2)
		page_free_hpa(hpa[i], 1);
	lost = 61 * MIB - 550 * PAGE_SIZE - page_free_bytes();
	EXPECT(lost >= 38 * PAGE_SIZE && lost <= 40 * PAGE_SIZE);
	EXPECT_EQ(page_alloc_hpa(1, PAGE_SIZE), hpa[0]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include "tests/unit/core/platform/fixture.h"

static u64 read_item(u16 key, u32 bytes)
{
	u64 value = 0;
	u32 i;

	pio_out(&guest, 0x510, 2, key);
	for (i = 0; i < bytes; i++)
		value |= pio_in(&guest, 0x511, 1) << (i * 8);
	return value;
}

TEST(items_of_test_guests)
{
	setup(false);
	EXPECT_EQ(read_item(0, 4), 0x554d4551);
	EXPECT_EQ(read_item(1, 4), 1);
	EXPECT_EQ(read_item(3, 8), RAM_BYTES);
	EXPECT_EQ(read_item(5, 2), 3);
	EXPECT_EQ(read_item(0x11, 8), 0);
	EXPECT_EQ(read_item(0xffff, 8), 0);
}

TEST(reading_behind_the_end)
{
	u32 i;

	setup(false);
	(void)read_item(3, 8);
	for (i = 0; i < 100; i++)
		EXPECT_EQ(pio_in(&guest, 0x511, 1), 0);
	EXPECT_EQ(pio_in(&guest, 0x510, 2), 0xffff);
	pio_out(&guest, 0x511, 1, 7);
	EXPECT_EQ(read_item(5, 2), 3);
}

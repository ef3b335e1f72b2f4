/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include <hw/cpu.h>

#include "core/time.h"
#include "tests/unit/core/platform/fixture.h"

static u8 read_at(u64 us, u8 index)
{
	hw_regs.tsc_step = 0;
	hw_regs.tsc = platform.rtc_epoch_tsc + time_us_to_tsc(us) + 1;
	pio_out(&guest, 0x70, 1, index);
	return (u8)pio_in(&guest, 0x71, 1);
}

TEST(update_in_progress_once_a_second)
{
	hw_reset();
	setup(false);
	EXPECT_EQ(read_at(0, 0x0a) & 0x80, 0);
	EXPECT_EQ(read_at(997000, 0x0a) & 0x80, 0);
	EXPECT_EQ(read_at(998000, 0x0a) & 0x80, 0x80);
	EXPECT_EQ(read_at(999999, 0x0a) & 0x80, 0x80);
	EXPECT_EQ(read_at(1000000, 0x0a) & 0x80, 0);
}

TEST(time_counts_in_bcd)
{
	hw_reset();
	setup(false);
	EXPECT_EQ(read_at(3661ull * 1000000, 0), 0x01);
	EXPECT_EQ(read_at(3661ull * 1000000, 2), 0x01);
	EXPECT_EQ(read_at(3661ull * 1000000, 4), 0x01);
	EXPECT_EQ(read_at(59ull * 1000000, 0), 0x59);
	EXPECT_EQ(read_at(0, 0x0b), 2);
	EXPECT_EQ(read_at(0, 0x0d), 0x80);
	EXPECT_EQ(read_at(0, 0x7f), 0);
	EXPECT_EQ(pio_in(&guest, 0x70, 1), 0xff);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include "tests/unit/core/platform/fixture.h"

TEST(debugcon_shares_the_console)
{
	char text[4] = "";

	setup(false);
	EXPECT_EQ(pio_in(&guest, 0xe9, 1), 0xe9);
	pio_out(&guest, 0xe9, 1, 'd');
	EXPECT_EQ(vconsole_take(&console, text, sizeof(text)), 1);
	EXPECT_STR(text, "d");
}

TEST(debug_exit_in_all_widths)
{
	setup(false);
	pio_out(&guest, 0xf4, 1, 0x26);
	EXPECT_EQ(guest_double.reason, GUEST_STOP_DEBUG_EXIT);
	EXPECT_EQ(guest_double.code, 0x26);
	pio_out(&guest, 0xf4, 2, 0x1234);
	EXPECT_EQ(guest_double.code, 0x1234);
	pio_out(&guest, 0xf4, 4, 0xdeadbeef);
	EXPECT_EQ(guest_double.code, 0xdeadbeef);
	EXPECT_EQ(guest_double.stops, 3);
	pio_out(&guest, 0xf5, 1, 1);
	EXPECT_EQ(guest_double.stops, 3);
	EXPECT_EQ(pio_in(&guest, 0xf4, 4), 0);
}

TEST(absent_hardware_reads_ones_and_is_not_counted)
{
	setup(false);
	pio_out(&guest, 0x21, 1, 0xff);
	pio_out(&guest, 0x80, 1, 0xff);
	EXPECT_EQ(pio_in(&guest, 0x4d0, 2), 0xffff);
	EXPECT_EQ(pio_in(&guest, 0x2fd, 1), 0xff);
	EXPECT_EQ(guest.unhandled_pio, 0);
	/* The test devices are off by default. */
	EXPECT_EQ(pio_in(&guest, 0xe0, 4), 0xffffffff);
	EXPECT_EQ(guest.unhandled_pio, 1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include "tests/unit/core/platform/fixture.h"

static void expect_stop(u32 count, enum guest_stop_reason reason)
{
	EXPECT_EQ(guest_double.stops, count);
	EXPECT_EQ(guest_double.reason, reason);
}

TEST(acpi_sleep_control_s5)
{
	setup(false);
	pio_out(&guest, 0x600, 1, 0x14);	/* no SLP_EN */
	pio_out(&guest, 0x600, 1, 0x20);	/* S0 */
	expect_stop(0, GUEST_STOP_NONE);
	pio_out(&guest, 0x600, 1, 0x34);
	expect_stop(1, GUEST_STOP_POWEROFF);
	/* As Cyberus' guests write it. */
	pio_out(&guest, 0x600, 2, 0x34);
	expect_stop(2, GUEST_STOP_POWEROFF);
	EXPECT_EQ(pio_in(&guest, 0x601, 1), 0);
}

TEST(poweroff_port)
{
	setup(false);
	pio_out(&guest, 0x604, 1, 0x20);
	pio_out(&guest, 0x604, 2, 0x2400);
	expect_stop(0, GUEST_STOP_NONE);
	pio_out(&guest, 0x604, 2, 0x2000);
	expect_stop(1, GUEST_STOP_POWEROFF);
}

TEST(keyboard_controller_reset)
{
	setup(false);
	EXPECT_EQ(pio_in(&guest, 0x64, 1) & 2, 0);
	pio_out(&guest, 0x64, 1, 0xff);		/* pulses nothing */
	pio_out(&guest, 0x64, 1, 0xaa);
	expect_stop(0, GUEST_STOP_NONE);
	pio_out(&guest, 0x64, 1, 0xfe);
	expect_stop(1, GUEST_STOP_RESET);
	pio_out(&guest, 0x64, 1, 0xd1);
	pio_out(&guest, 0x60, 1, 0x03);
	pio_out(&guest, 0x60, 1, 0x02);		/* no command before it */
	expect_stop(1, GUEST_STOP_RESET);
	pio_out(&guest, 0x64, 1, 0xd1);
	pio_out(&guest, 0x60, 1, 0x02);
	expect_stop(2, GUEST_STOP_RESET);
	EXPECT_EQ(pio_in(&guest, 0x60, 1), 0xff);
}

TEST(fast_reset_on_its_edge)
{
	setup(false);
	EXPECT_EQ(pio_in(&guest, 0x92, 1), 2);
	pio_out(&guest, 0x92, 1, 2);
	expect_stop(0, GUEST_STOP_NONE);
	pio_out(&guest, 0x92, 1, 3);
	expect_stop(1, GUEST_STOP_RESET);
	pio_out(&guest, 0x92, 1, 3);
	expect_stop(1, GUEST_STOP_RESET);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "pci/host_bridge.h"

#include "core/err.h"
#include "core/platform/platform.h"
#include "tests/unit/guest_double.h"

static struct guest guest;
static struct vpci pci;

static void setup(void)
{
	guest_double_init(&guest, 0x200000, 0);
	EXPECT_EQ(vpci_init(&pci, &guest), 0);
}

static u64 config_in(u32 address, u8 size)
{
	pio_out(&guest, 0xcf8, 4, address);
	return pio_in(&guest, 0xcfc + (address & 3), size);
}

TEST(mechanism_1_finds_the_host_bridge)
{
	setup();
	EXPECT_EQ(config_in(0x80000000, 2), 0x8086);
	EXPECT_EQ(config_in(0x80000002, 2), 0x0d57);
	EXPECT_EQ(config_in(0x80000008, 4), 0x06000000);
	EXPECT_EQ(config_in(0x8000000b, 1), 0x06);
	EXPECT_EQ(config_in(0x8000000c, 4), 0);
	EXPECT_EQ(config_in(0x80000010, 4), 0);
}

TEST(everything_else_is_absent)
{
	u32 devfn;

	setup();
	for (devfn = 1; devfn < 256; devfn++)
		EXPECT_EQ(config_in(0x80000000 | devfn << 8, 4), 0xffffffff);
	EXPECT_EQ(config_in(0x80010000, 4), 0xffffffff);
	EXPECT_EQ(config_in(0x00000000, 4), 0xffffffff);
}

TEST(address_latch_takes_dwords_only)
{
	setup();
	pio_out(&guest, 0xcf8, 4, 0xffffffff);
	EXPECT_EQ(pio_in(&guest, 0xcf8, 4), 0x80fffffc);
	pio_out(&guest, 0xcf8, 1, 0);
	pio_out(&guest, 0xcfa, 2, 0);
	EXPECT_EQ(pio_in(&guest, 0xcf8, 4), 0x80fffffc);
	EXPECT_EQ(pio_in(&guest, 0xcf8, 1), 0xff);
	EXPECT_EQ(pio_in(&guest, 0xcfa, 4), 0xffffffff);
}

TEST(ecam_shows_the_same_space)
{
	setup();
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA, 4), 0x0d578086);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 1, 2), 0x5780);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA, 8), 0x60d578086);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0x100, 4), 0);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0x1000, 4), 0xffffffff);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0xff000, 4), 0xffffffff);
	/* Across two functions it is no configuration access. */
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0xffe, 4), 0xffffffff);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0x100000, 4),
		  0xffffffff);
}

TEST(only_the_interrupt_line_can_be_written)
{
	u32 reg;

	setup();
	for (reg = 0; reg < 0x1000; reg += 4)
		mmio_out(&guest, PLATFORM_ECAM_GPA + reg, 4, 0xa5a5a5a5);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA, 4), 0x0d578086);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 4, 4), 6);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0x10, 4), 0);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0x3c, 4), 0xa5);
	pio_out(&guest, 0xcf8, 4, 0x8000003c);
	pio_out(&guest, 0xcfc, 1, 0x0b);
	EXPECT_EQ(mmio_in(&guest, PLATFORM_ECAM_GPA + 0x3c, 1), 0x0b);
}

TEST(reset_register)
{
	setup();
	pio_out(&guest, 0xcf9, 1, 0x02);
	EXPECT_EQ(pio_in(&guest, 0xcf9, 1), 0x02);
	EXPECT_EQ(guest_double.stops, 0);
	pio_out(&guest, 0xcf9, 1, 0x06);
	EXPECT_EQ(guest_double.stops, 1);
	EXPECT_EQ(guest_double.reason, GUEST_STOP_RESET);
	EXPECT_EQ(pio_in(&guest, 0xcf9, 1), 0x02);
	/* The latch is another register. */
	pio_out(&guest, 0xcf8, 4, 0x80000600);
	EXPECT_EQ(guest_double.stops, 1);
}

static void nothing(void *device, struct trap_access *access)
{
	(void)device;
	(void)access;
}

TEST(conflicts_are_reported)
{
	guest_double_init(&guest, 0x200000, 0);
	EXPECT_EQ(guest_trap_pio(&guest, 0xcff, 1, nothing, NULL), 0);
	EXPECT_EQ(vpci_init(&pci, &guest), -EEXIST);
	guest_double_init(&guest, 0x200000, 0);
	EXPECT_EQ(guest_trap_mmio(&guest, PLATFORM_ECAM_GPA, 1, nothing, NULL),
		  0);
	EXPECT_EQ(vpci_init(&pci, &guest), -EEXIST);
}

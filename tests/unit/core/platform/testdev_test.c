/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include "core/err.h"
#include "core/page.h"
#include "tests/unit/core/platform/fixture.h"

#define TEST_RAM_HPA 0x800000ull

static bool out_of_memory;

/* Instead of the allocator. */
u64 page_alloc_hpa(u64 pages, u64 align_bytes)
{
	(void)align_bytes;
	if (out_of_memory)
		return PAGE_ALLOC_FAILED;
	hw_ram_add(TEST_RAM_HPA, pages * PAGE_SIZE);
	return TEST_RAM_HPA;
}

TEST(scratch_register_in_all_widths)
{
	setup(true);
	pio_out(&guest, 0xe0, 4, 0x11223344);
	EXPECT_EQ(pio_in(&guest, 0xe0, 1), 0x44);
	EXPECT_EQ(pio_in(&guest, 0xe1, 2), 0x2233);
	pio_out(&guest, 0xe2, 1, 0xaa);
	EXPECT_EQ(pio_in(&guest, 0xe0, 4), 0x11aa3344);
	pio_out(&guest, 0xe0, 2, 0xbbcc);
	EXPECT_EQ(pio_in(&guest, 0xe0, 4), 0x11aabbcc);
}

TEST(flush_drops_one_page_of_ram)
{
	setup(true);
	pio_out(&guest, 0xe4, 4, 0x12345);
	EXPECT_EQ(guest_double.unmaps, 1);
	EXPECT_EQ(guest_double.unmapped_gpa, 0x12000);
	/* Not RAM, and not in other widths. */
	pio_out(&guest, 0xe4, 4, 0xfee00000);
	pio_out(&guest, 0xe4, 4, RAM_BYTES);
	pio_out(&guest, 0xe4, 1, 0);
	EXPECT_EQ(guest_double.unmaps, 1);
	guest_double.unmap_result = -ENOMEM;
	pio_out(&guest, 0xe4, 4, 0x1000);
	EXPECT_EQ(guest_double.unmaps, 2);
	EXPECT_EQ(pio_in(&guest, 0xe4, 4), 0);
}

TEST(interrupt_lines)
{
	setup(true);
	pio_out(&guest, 0x200b, 1, 1);
	EXPECT(lines[11]);
	pio_out(&guest, 0x200b, 4, 0);
	EXPECT(!lines[11]);
	pio_out(&guest, 0x2017, 1, 1);
	EXPECT(lines[23]);
	EXPECT_EQ(pio_in(&guest, 0x2000, 1), 0);
	pio_out(&guest, 0x2018, 1, 1);
	EXPECT_EQ(guest.unhandled_pio, 1);
}

TEST(ram_behind_the_emulator)
{
	setup(true);
	mmio_out(&guest, 0xff000000, 8, 0x1122334455667788);
	EXPECT_EQ(mmio_in(&guest, 0xff000003, 4), 0x22334455);
	mmio_out(&guest, 0xff00ffff, 1, 0x5a);
	EXPECT_EQ(mmio_in(&guest, 0xff00ffff, 2), 0xff5a);
	/* The next life of the VM finds it cleared and allocates nothing. */
	guest_double_init(&guest, RAM_BYTES, 0);
	hw_ram_add(TEST_RAM_HPA, 0x10000);
	platform.test_ram = phys_to_virt(TEST_RAM_HPA);
	out_of_memory = true;
	EXPECT_EQ(platform_init(&platform, &guest, &console, 1, true,
				record_line, &platform), 0);
	EXPECT_EQ(mmio_in(&guest, 0xff000000, 8), 0);
	memset(&platform, 0, sizeof(platform));
	memset(&guest, 0, sizeof(guest));
	EXPECT_EQ(platform_init(&platform, &guest, &console, 1, true,
				record_line, &platform), -ENOMEM);
	out_of_memory = false;
}

TEST(debug_console_beside_the_scratch_register)
{
	setup(true);
	EXPECT_EQ(pio_in(&guest, 0xe9, 1), 0xe9);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include "core/err.h"
#include "core/page.h"
#include "tests/unit/core/platform/fixture.h"

u64 page_alloc_hpa(u64 pages, u64 align_bytes)
{
	(void)align_bytes;
	hw_ram_add(0x800000, pages * PAGE_SIZE);
	return 0x800000;
}

static void nothing(void *device, struct trap_access *access)
{
	(void)device;
	(void)access;
}

/* Whatever port is taken already, init says so and does not go on. */
TEST(port_conflicts_are_reported)
{
	static const u16 ports[] = { 0x3f8, 0x600, 0x60, 0x64, 0x92, 0xe9,
				     0xf4, 0x510, 0x70, 0x4d0, 0xe0, 0xe4,
				     0x2000 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		guest_double_init(&guest, RAM_BYTES, 0);
		memset(&platform, 0, sizeof(platform));
		EXPECT_EQ(guest_trap_pio(&guest, ports[i], 1, nothing, NULL),
			  0);
		EXPECT_EQ(platform_init(&platform, &guest, &console, 1, true,
					record_line, &platform), -EEXIST);
	}
}

/* Every port, every width, reads and writes: nothing but an answer. */
TEST(every_port_is_safe)
{
	u32 port;
	u8 size;

	setup(true);
	for (port = 0; port < 0x10000; port++)
		for (size = 1; size <= 4; size *= 2) {
			EXPECT(pio_in(&guest, (u16)port, size) <=
			       ~0ull >> (64 - size * 8));
			pio_out(&guest, (u16)port, size, 0x5aa5a55a);
		}
}

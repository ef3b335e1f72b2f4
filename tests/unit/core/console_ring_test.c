/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/console_ring.h"

#include <string.h>

#include "tests/unit/test.h"

static struct console_ring ring = CONSOLE_RING_INIT;

static void push_numbers(u64 count)
{
	for (u64 i = 0; i < count; i++)
		console_ring_push(&ring, (char)ring.head);
}

TEST(reader_follows_at_its_own_pace)
{
	char buf[64];
	u64 pos = 0;

	ring.head = 0;
	EXPECT_EQ(console_ring_copy(&ring, &pos, buf, sizeof(buf)), 0);
	push_numbers(100);
	EXPECT_EQ(console_ring_copy(&ring, &pos, buf, sizeof(buf)), 64);
	EXPECT_EQ(buf[63], 63);
	EXPECT_EQ(console_ring_copy(&ring, &pos, buf, sizeof(buf)), 36);
	EXPECT_EQ(buf[0], 64);
	EXPECT_EQ(pos, 100);
}

TEST(slow_reader_jumps_to_the_oldest)
{
	char buf[4];
	u64 pos = 10;

	ring.head = 0;
	push_numbers(CONSOLE_RING_BYTES + 1000);
	EXPECT_EQ(console_ring_oldest(&ring), 1000);
	EXPECT_EQ(console_ring_copy(&ring, &pos, buf, sizeof(buf)), 4);
	EXPECT_EQ(pos, 1004);
	EXPECT_EQ((u8)buf[0], 1000 % 256);
}

TEST(header_can_be_found_in_a_dump)
{
	EXPECT_STR(ring.magic, "NOEXIT-LOG-RING");
	EXPECT_EQ(ring.size_bytes, sizeof(ring.data));
}

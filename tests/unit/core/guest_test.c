/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/guest.h"

#include "core/err.h"
#include "tests/unit/guest_double.h"

static struct guest guest;

/* A device that records, and answers with its number in each byte. */
struct probe {
	u8 number;
	u32 calls;
	struct trap_access last;
};

static void probe_access(void *device, struct trap_access *access)
{
	struct probe *p = device;

	if (!access->write)
		access->data = 0x0101010101010101ull * p->number;
	p->calls++;
	p->last = *access;
}

TEST(memory_across_two_slots)
{
	char text[] = "0123456789abcdef", back[sizeof(text)];

	guest_double_init(&guest, 0x2000, 0);
	EXPECT_EQ(guest_add_slot(&guest, 0x2000, DOUBLE_RAM_HPA + 0x1000,
				 0x1000, false), 0);
	EXPECT_EQ(guest_write(&guest, 0x1ff8, text, sizeof(text)), 0);
	EXPECT_EQ(guest_read(&guest, 0x1ff8, back, sizeof(back)), 0);
	EXPECT_STR(back, text);
	EXPECT(!guest_ram_ptr(&guest, 0x1ff8, 16));
	EXPECT(guest_ram_ptr(&guest, 0x1ff0, 16) != NULL);
}

TEST(memory_outside_of_ram_is_refused)
{
	u64 word = 1;

	guest_double_init(&guest, 0x2000, 0x1000);
	EXPECT_EQ(guest_read(&guest, 0x2000, &word, 8), -EFAULT);
	EXPECT_EQ(guest_read(&guest, 0x1ffc, &word, 8), -EFAULT);
	EXPECT_EQ(guest_write(&guest, 0xfffffff8, &word, 16), -EFAULT);
	EXPECT_EQ(guest_write(&guest, ~0ull - 3, &word, 8), -EFAULT);
	EXPECT(!guest_ram_ptr(&guest, 0x1000, ~0ull));
	EXPECT(!guest_ram_ptr(&guest, 0x100000ff8, 16));
	EXPECT_EQ(guest_read(&guest, 0x5000, &word, 0), 0);
}

TEST(rom_can_be_read_only)
{
	u64 word = 0;

	guest_double_init(&guest, 0x2000, 0);
	EXPECT_EQ(guest_add_slot(&guest, 0x10000, DOUBLE_RAM_HPA, 0x1000, true),
		  0);
	EXPECT_EQ(guest_read(&guest, 0x10000, &word, 8), 0);
	EXPECT_EQ(guest_write(&guest, 0x10000, &word, 8), -EFAULT);
	EXPECT(!guest_ram_ptr(&guest, 0x10000, 8));
}

TEST(slots_are_sorted_and_do_not_overlap)
{
	u32 i;

	memset(&guest, 0, sizeof(guest));
	EXPECT_EQ(guest_add_slot(&guest, 0x8000, 0x8000, 0x2000, false), 0);
	EXPECT_EQ(guest_add_slot(&guest, 0x4000, 0, 0x4000, false), 0);
	EXPECT_EQ(guest.slot[0].gpa, 0x4000);
	EXPECT_EQ(guest_add_slot(&guest, 0x9000, 0, 0x1000, false), -EEXIST);
	EXPECT_EQ(guest_add_slot(&guest, 0x3000, 0, 0x2000, false), -EEXIST);
	EXPECT_EQ(guest_add_slot(&guest, 0, 0, 0, false), -EINVAL);
	EXPECT_EQ(guest_add_slot(&guest, 0x10, 0, 0x1000, false), -EINVAL);
	EXPECT_EQ(guest_add_slot(&guest, 0ull - 0x1000, 0, 0x2000, false),
		  -EINVAL);
	for (i = 2; i < GUEST_MAX_SLOTS; i++)
		EXPECT_EQ(guest_add_slot(&guest, 0x100000ull * i, 0, 0x1000,
					 false), 0);
	EXPECT_EQ(guest_add_slot(&guest, 0x100000ull * i, 0, 0x1000, false),
		  -ENOSPC);
}

TEST(traps_are_found_among_many)
{
	struct probe probe[GUEST_MAX_TRAPS];
	u32 i;

	guest_double_init(&guest, 0x2000, 0);
	for (i = GUEST_MAX_TRAPS; i-- > 0;) {
		probe[i] = (struct probe){ .number = (u8)i };
		EXPECT_EQ(guest_trap_pio(&guest, (u16)(i * 16), 8,
					 probe_access, &probe[i]), 0);
	}
	EXPECT_EQ(guest_trap_pio(&guest, 0x8000, 1, probe_access, &probe[0]),
		  -ENOSPC);
	for (i = 0; i < GUEST_MAX_TRAPS; i++) {
		EXPECT_EQ(pio_in(&guest, (u16)(i * 16 + 7), 1), i);
		EXPECT_EQ(probe[i].last.offset, 7);
		EXPECT_EQ(pio_in(&guest, (u16)(i * 16 + 8), 1), 0xff);
	}
	EXPECT_EQ(guest.unhandled_pio, GUEST_MAX_TRAPS);
}

TEST(overlapping_traps_are_refused)
{
	struct probe p = { .number = 1 };

	guest_double_init(&guest, 0x2000, 0);
	EXPECT_EQ(guest_trap_mmio(&guest, 0x10000, 0x1000, probe_access, &p),
		  0);
	EXPECT_EQ(guest_trap_mmio(&guest, 0x10fff, 1, probe_access, &p),
		  -EEXIST);
	EXPECT_EQ(guest_trap_mmio(&guest, 0xffff, 2, probe_access, &p),
		  -EEXIST);
	EXPECT_EQ(guest_trap_mmio(&guest, 0xffff, 1, probe_access, &p), 0);
	EXPECT_EQ(guest_trap_mmio(&guest, 0, 0, probe_access, &p), -EINVAL);
	EXPECT_EQ(guest_trap_mmio(&guest, ~0ull, 2, probe_access, &p), -EINVAL);
	EXPECT_EQ(guest_trap_pio(&guest, 0xffff, 2, probe_access, &p),
		  -EINVAL);
}

TEST(unclaimed_reads_are_ones_of_the_size)
{
	u8 size;

	guest_double_init(&guest, 0x2000, 0);
	for (size = 1; size <= 8; size *= 2)
		EXPECT_EQ(mmio_in(&guest, 0xfed00000, size),
			  ~0ull >> (64 - size * 8));
	mmio_out(&guest, 0xfed00000, 4, 1);
	EXPECT_EQ(guest.unhandled_mmio, 5);
	EXPECT_EQ(pio_in(&guest, 0xffff, 4), 0xffffffff);
}

TEST(reads_are_cut_to_their_size)
{
	struct probe p = { .number = 0xab };

	guest_double_init(&guest, 0x2000, 0);
	EXPECT_EQ(guest_trap_mmio(&guest, 0x10000, 0x1000, probe_access, &p),
		  0);
	EXPECT_EQ(mmio_in(&guest, 0x10000, 2), 0xabab);
}

TEST(crossing_access_is_split_into_bytes)
{
	struct probe a = { .number = 0xaa }, b = { .number = 0xbb };

	guest_double_init(&guest, 0x2000, 0);
	EXPECT_EQ(guest_trap_pio(&guest, 0x100, 2, probe_access, &a), 0);
	EXPECT_EQ(guest_trap_pio(&guest, 0x102, 1, probe_access, &b), 0);
	EXPECT_EQ(pio_in(&guest, 0x100, 4), 0xffbbaaaa);
	EXPECT_EQ(a.calls, 2);
	EXPECT_EQ(b.calls, 1);
	/* From outside into a region. */
	EXPECT_EQ(pio_in(&guest, 0xff, 2), 0xaaff);
	pio_out(&guest, 0x101, 2, 0x1234);
	EXPECT_EQ(a.last.data, 0x34);
	EXPECT_EQ(b.last.data, 0x12);
	EXPECT_EQ(b.last.size_bytes, 1);
	/* Behind the last port there is nothing. */
	EXPECT_EQ(guest_trap_pio(&guest, 0xffff, 1, probe_access, &b), 0);
	EXPECT_EQ(pio_in(&guest, 0xffff, 2), 0xffbb);
}

TEST(crossing_into_ram_reaches_ram)
{
	struct probe p = { .number = 0x77 };
	u8 byte = 0;

	guest_double_init(&guest, 0x2000, 0);
	EXPECT_EQ(guest_trap_mmio(&guest, 0x2000, 0x1000, probe_access, &p), 0);
	mmio_out(&guest, 0x1fff, 2, 0x1234);
	EXPECT_EQ(guest_read(&guest, 0x1fff, &byte, 1), 0);
	EXPECT_EQ(byte, 0x34);
	EXPECT_EQ(p.last.data, 0x12);
	EXPECT_EQ(mmio_in(&guest, 0x1fff, 2), 0x7734);
	EXPECT_EQ(guest.unhandled_mmio, 0);
}

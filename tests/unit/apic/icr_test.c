/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding of ICR, MSI and RTE, and destination matching, rule by rule. */
#include "apic/icr.h"

#include "apic/vlapic.h"
#include "tests/unit/test.h"

static u64 xapic(u32 ldr, u32 model)
{
	return field_prep(APIC_DEST_MODE, VLAPIC_XAPIC) |
	       field_prep(APIC_DEST_MODEL, model) |
	       field_prep(APIC_DEST_LDR, ldr);
}

static u64 x2apic(u32 ldr)
{
	return field_prep(APIC_DEST_MODE, VLAPIC_X2APIC) |
	       field_prep(APIC_DEST_LDR, ldr);
}

TEST(icr_fields)
{
	struct apic_msg m = icr_decode(0x12000000000c4d45, false);

	EXPECT_EQ(m.dest, 0x12);
	EXPECT_EQ(m.vector, 0x45);
	EXPECT_EQ(m.mode, APIC_INIT);
	EXPECT_EQ(m.shorthand, APIC_DEST_OTHERS);
	EXPECT(m.logical && !m.broadcast && !m.deassert && !m.level);
	m = icr_decode(0x1200000000000045, true);
	EXPECT_EQ(m.dest, 0x12000000);
}

TEST(icr_broadcast_is_all_ones_in_the_senders_format)
{
	EXPECT(icr_decode(0xff00000000000000, false).broadcast);
	EXPECT(!icr_decode(0x000000ff00000000, true).broadcast);
	EXPECT(icr_decode(0xffffffff00000000, true).broadcast);
}

TEST(icr_init_level_deassert_is_told_apart)
{
	EXPECT(icr_decode(0x8500, false).deassert);
	EXPECT(!icr_decode(0xc500, false).deassert);
	EXPECT(!icr_decode(0x0500, false).deassert);
	EXPECT(!icr_decode(0x8045, false).deassert);
}

TEST(icr_trigger_mode_is_ignored_for_fixed)
{
	EXPECT(!icr_decode(0x8045, false).level);
}

TEST(msi_fields)
{
	struct apic_msg m = msi_decode(0xfee12004, 0xc145);

	EXPECT_EQ(m.dest, 0x12);
	EXPECT_EQ(m.vector, 0x45);
	EXPECT_EQ(m.mode, APIC_LOWEST);
	EXPECT(m.logical && m.level && !m.deassert && !m.broadcast);
	EXPECT(msi_decode(0xfeeff000, 0x45).broadcast);
	EXPECT(msi_decode(0xfee00000, 0x8045).deassert);
}

TEST(msi_redirection_hint_means_lowest_priority_when_logical)
{
	EXPECT_EQ(msi_decode(0xfee0000c, 0x45).mode, APIC_LOWEST);
	EXPECT_EQ(msi_decode(0xfee00008, 0x45).mode, APIC_FIXED);
	EXPECT_EQ(msi_decode(0xfee0000c, 0x445).mode, APIC_NMI);
}

TEST(rte_fields)
{
	struct apic_msg m = rte_decode(0x120000000000a945);

	EXPECT_EQ(m.dest, 0x12);
	EXPECT_EQ(m.vector, 0x45);
	EXPECT_EQ(m.mode, APIC_LOWEST);
	EXPECT(m.logical && m.level && !m.deassert);
	EXPECT_EQ(m.shorthand, APIC_DEST_FIELD);
}

TEST(destination_matching)
{
	static const struct {
		u32 dest;
		bool logical, broadcast;
		u32 id;
		u64 word;
		bool hit;
	} t[] = {
		/* physical */
		{ 3, false, false, 3, 1 | 0xf0, true },
		{ 3, false, false, 4, 1 | 0xf0, false },
		{ 300, false, false, 300, 2, true },
		{ 0xff, false, true, 3, 1 | 0xf0, true },
		{ 0xff, false, true, 3, 0, false },	/* no APIC there */
		{ 3, false, false, 3, 0, false },
		/* xAPIC flat */
		{ 0x06, true, false, 9, 1 | 0xf0 | 4ull << 32, true },
		{ 0x06, true, false, 9, 1 | 0xf0 | 8ull << 32, false },
		{ 0xff, true, true, 9, 1 | 0xf0, true },
		/* xAPIC cluster */
		{ 0x23, true, false, 9, 1 | 0x22ull << 32, true },
		{ 0x23, true, false, 9, 1 | 0x32ull << 32, false },
		{ 0x23, true, false, 9, 1 | 0x24ull << 32, false },
		/* reserved DFR model */
		{ 0x23, true, false, 9, 1 | 0x70 | 0x23ull << 32, false },
		/* x2APIC cluster */
		{ 0x10003, true, false, 9, 2 | 0x10002ull << 32, true },
		{ 0x10003, true, false, 9, 2 | 0x20002ull << 32, false },
		{ 0x10003, true, false, 9, 2 | 0x10004ull << 32, false },
		/* a 32-bit logical destination names no xAPIC */
		{ 0x10003, true, false, 9, 1 | 0xf0 | 3ull << 32, false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct apic_msg m = { .dest = t[i].dest,
				      .logical = t[i].logical,
				      .broadcast = t[i].broadcast };

		EXPECT_EQ(apic_msg_matches(&m, t[i].id, t[i].word), t[i].hit);
	}
	EXPECT_EQ(xapic(0x22, 0), 1 | 0x22ull << 32);
	EXPECT_EQ(x2apic(0x10002), 2 | 0x10002ull << 32);
}

TEST(illegal_vectors_are_those_of_fixed_and_lowest_below_16)
{
	for (u32 mode = 0; mode < 8; mode++) {
		struct apic_msg m = { .mode = mode, .vector = 15 };

		EXPECT_EQ(apic_msg_illegal_vector(&m), mode <= 1);
		m.vector = 16;
		EXPECT(!apic_msg_illegal_vector(&m));
	}
}

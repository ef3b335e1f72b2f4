/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets which message, and how INIT, SIPI and NMI are latched. */
#include "apic/domain.h"

#include "tests/unit/apic/fixture.h"

static struct vlapic *all_enabled(u32 count)
{
	struct vlapic *v = fix_init(count);

	for (u32 i = 0; i < count; i++)
		fix_enable(v + i);
	fix_clear();
	return v;
}

static u64 got_vector(u8 vector)
{
	u64 who = 0;

	for (u32 i = 0; i < fix_domain.count; i++) {
		vlapic_sync(&fix_vlapic[i]);
		if (vlapic_test_vector(&fix_vlapic[i], APIC_IRR, vector))
			who |= BIT(i);
		vlapic_set_vector(&fix_vlapic[i], APIC_IRR, vector, false);
	}
	return who;
}

static u64 got_request(u32 bit)
{
	u64 who = 0;

	for (u32 i = 0; i < fix_domain.count; i++)
		if (sched_take(&fix_se[i]) & bit)
			who |= BIT(i);
	return who;
}

TEST(post_reaches_its_target_only)
{
	all_enabled(4);
	EXPECT(apic_domain_post(&fix_domain, 2, 0x40, false));
	EXPECT_EQ(got_vector(0x40), BIT(2));
	EXPECT(!apic_domain_post(&fix_domain, 4, 0x40, false));
	EXPECT(!apic_domain_post(&fix_domain, 0xffffffff, 0x40, false));
}

TEST(msi_destinations)
{
	static const struct {
		u64 address;
		u32 data;
		u64 who;
	} t[] = {
		{ 0xfee01000, 0x4045, BIT(1) },		/* physical */
		{ 0xfeeff000, 0x4045, 0xf },		/* broadcast */
		{ 0xfee06004, 0x4045, BIT(1) | BIT(2) }, /* flat */
		{ 0xfee0600c, 0x4045, BIT(2) },		/* hint: 0x45 % 2 */
		{ 0xfee06004, 0x4145, BIT(2) },		/* lowest */
		{ 0xfee01010, 0x4045, 0 },		/* remappable */
		{ 0xfed01000, 0x4045, 0 },		/* not the window */
		{ 0x1fee01000, 0x4045, 0 },
		{ 0xfee01000, 0x8045, 0 },		/* level de-assert */
		{ 0xfee09000, 0x4045, 0 },		/* nobody there */
		{ 0xfee01000, 0x4245, 0 },		/* SMI */
		{ 0xfee01000, 0x4745, 0 },		/* ExtINT */
		{ 0xfee01000, 0x400f, 0 },		/* illegal vector */
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = all_enabled(4);

		for (u32 j = 0; j < 4; j++)
			vlapic_mmio_write(v + j, APIC_LDR, BIT(j) << 24);
		apic_domain_msi(&fix_domain, t[i].address, t[i].data);
		EXPECT_EQ(got_vector(0x45), t[i].who);
	}
}

TEST(msi_level_sets_tmr)
{
	struct vlapic *v = all_enabled(1);

	apic_domain_msi(&fix_domain, 0xfee00000, 0xc045);
	vlapic_sync(v);
	EXPECT(vlapic_test_vector(v, APIC_TMR, 0x45));
}

TEST(msi_nmi_and_init)
{
	all_enabled(2);
	apic_domain_msi(&fix_domain, 0xfee01000, 0x4400);
	EXPECT_EQ(got_request(SCHED_REQ_NMI), BIT(1));
	apic_domain_msi(&fix_domain, 0xfee01000, 0x4500);
	EXPECT_EQ(got_request(SCHED_REQ_INIT), BIT(1));
	apic_domain_msi(&fix_domain, 0xfee01000, 0x4600);
	EXPECT_EQ(got_request(SCHED_REQ_SIPI), 0);
}

/* The start-up of kvm-unit-tests: shorthand, no waits, one SIPI. */
TEST(init_sipi_by_shorthand_reaches_disabled_apics)
{
	struct vlapic *v = fix_init(4);

	vlapic_mmio_write(v, APIC_ICR, 0xc4500);
	vlapic_mmio_write(v, APIC_ICR, 0xc4608);
	for (u32 i = 1; i < 4; i++) {
		EXPECT_EQ(sched_take(&fix_se[i]) &
				  (SCHED_REQ_INIT | SCHED_REQ_SIPI),
			  SCHED_REQ_INIT | SCHED_REQ_SIPI);
		EXPECT_EQ(v[i].sipi_vector, 8);
	}
	EXPECT_EQ(sched_take(v->se) & ~SCHED_REQ_EVENT, 0);
	EXPECT_EQ(v->icr_count[ICR_INIT_SIPI], 2);
}

TEST(init_deassert_does_nothing)
{
	struct vlapic *v = fix_init(2);

	vlapic_mmio_write(v, APIC_ICR2, 1u << 24);
	vlapic_mmio_write(v, APIC_ICR, 0x8500);
	EXPECT_EQ(sched_take(&fix_se[1]), 0);
}

TEST(an_init_takes_an_older_sipi_along)
{
	struct vlapic *v = fix_init(2);

	vlapic_mmio_write(v, APIC_ICR2, 1u << 24);
	vlapic_mmio_write(v, APIC_ICR, 0x4608);
	vlapic_mmio_write(v, APIC_ICR, 0xc500);
	EXPECT_EQ(sched_take(&fix_se[1]), SCHED_REQ_INIT);
}

TEST(two_nmis_are_kept_and_no_more)
{
	all_enabled(2);
	apic_domain_msi(&fix_domain, 0xfee01000, 0x4400);
	EXPECT_EQ(fix_se[1].requests, SCHED_REQ_NMI);
	apic_domain_msi(&fix_domain, 0xfee01000, 0x4400);
	apic_domain_msi(&fix_domain, 0xfee01000, 0x4400);
	EXPECT_EQ(sched_take(&fix_se[1]), SCHED_REQ_NMI | SCHED_REQ_NMI2);
	EXPECT_EQ(fix_kicks[1], 1);
}

TEST(broadcast_costs_one_kick_for_each_target)
{
	struct vlapic *v = all_enabled(8);

	vlapic_mmio_write(v, APIC_ICR, 0xc0045);
	EXPECT_EQ(fix_kicks[0], 0);
	for (u32 i = 1; i < 8; i++)
		EXPECT_EQ(fix_kicks[i], 1);
	EXPECT_EQ(got_vector(0x45), 0xfe);
}

TEST(lowest_priority_skips_who_does_not_accept)
{
	struct vlapic *v = all_enabled(4);

	vlapic_mmio_write(v + 1, APIC_SVR, 0xff);
	for (u32 vector = 0x40; vector < 0x43; vector++) {
		static const u8 who[] = { 0, 2, 3 };

		vlapic_mmio_write(v, APIC_ICR2, 0xff000000);
		vlapic_mmio_write(v, APIC_ICR, 0x100 | vector);
		EXPECT_EQ(got_vector(vector), BIT(who[vector % 3]));
	}
}

TEST(icr_is_counted_by_kind)
{
	static const struct {
		u64 icr;
		enum icr_kind kind;
	} t[] = {
		{ 0x0100000000000045, ICR_FIXED_UNICAST },
		{ 0x0100000000000845, ICR_LOGICAL },
		{ 0x00000000000c0045, ICR_SHORTHAND },
		{ 0xff00000000000045, ICR_SHORTHAND },
		{ 0x0000000000040045, ICR_SELF },
		{ 0x0100000000000400, ICR_NMI },
		{ 0x0100000000000500, ICR_INIT_SIPI },
		{ 0x0100000000000608, ICR_INIT_SIPI },
		{ 0x0900000000000045, ICR_BAD_TARGET },
		{ 0x0100000000000005, ICR_BAD_VECTOR },
		{ 0x0100000000000200, ICR_IGNORED },
		{ 0x0100000000000300, ICR_IGNORED },
		{ 0x0000000000040400, ICR_IGNORED },	/* NMI to self */
		{ 0x0000000000080500, ICR_IGNORED },
		{ 0x00000000000c0400, ICR_NMI },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = all_enabled(2);

		vlapic_mmio_write(v + 1, APIC_LDR, 0x01000000);
		apic_domain_icr(&fix_domain, v, t[i].icr);
		for (u32 k = 0; k < ICR_KINDS; k++)
			EXPECT_EQ(v->icr_count[k], k == t[i].kind);
	}
}

TEST(x2apic_ids_above_255)
{
	static struct vlapic big[300], *bigs[300];
	static struct pi_desc pid[300];
	static struct sched_entity se[300];
	static u8 page[300][PAGE_SIZE] __aligned(4096);
	struct apic_domain d = { .timer_hz = FIX_TIMER_HZ };

	memset(&fix_guest, 0, sizeof(fix_guest));
	for (u32 i = 0; i < 300; i++) {
		bigs[i] = &big[i];
		se[i].requests = SCHED_REQ_TLB;	/* so that none is kicked */
		big[i].se = &se[i];
		big[i].page = page[i];
		big[i].pid = &pid[i];
		vlapic_init(&big[i], &d, i, i == 0);
		fix_x2apic(&big[i]);
		fix_enable(&big[i]);
	}
	EXPECT_EQ(apic_domain_init(&d, &fix_guest, bigs, 300), 0);
	EXPECT_EQ(vlapic_msr_write(big, 0x830, 299ull << 32 | 0x45), 0);
	EXPECT_EQ(vlapic_sync(&big[299]), 0x45);
	EXPECT_EQ(vlapic_sync(&big[299 & 255]), 0);
	/* Logical: cluster 18, bit 11 is 299. */
	EXPECT_EQ(vlapic_msr_write(big, 0x830, 0x0012080000000846), 0);
	EXPECT_EQ(vlapic_sync(&big[299]), 0x46);
	EXPECT_EQ(vlapic_msr_write(big, 0x830, 0xffffffff00000047), 0);
	for (u32 i = 0; i < 300; i++)
		EXPECT_EQ(vlapic_sync(&big[i]), 0x47);
}

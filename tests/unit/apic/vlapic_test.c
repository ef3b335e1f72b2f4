/* SPDX-License-Identifier: BSD-2-Clause */
/* Reset, modes, acceptance, errors and EOI of the virtual local APIC. */
#include "apic/vlapic.h"

#include "tests/unit/apic/fixture.h"

#define BASE	0xfee00000ull

static u64 msr(struct vlapic *v, u32 index)
{
	u64 value = ~0ull;

	EXPECT_EQ(vlapic_msr_read(v, index, &value), 0);
	return value;
}

TEST(power_up_state_is_the_one_of_the_sdm)
{
	struct vlapic *v = fix_init(3) + 2;
	static const u16 zero[] = { APIC_TPR, APIC_PPR, APIC_LDR, APIC_ESR,
				    APIC_ICR, APIC_ICR2, APIC_TMICT,
				    APIC_TMCCT, APIC_TDCR };

	EXPECT_EQ(v->apic_base, BASE | BIT(11));
	EXPECT_EQ(fix_vlapic[0].apic_base, BASE | BIT(11) | BIT(8));
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ID), 2u << 24);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_VERSION) & 0xffff, 0x14);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_SVR), 0xff);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_DFR), 0xffffffff);
	for (u32 i = 0; i < ARRAY_SIZE(zero); i++)
		EXPECT_EQ(vlapic_mmio_read(v, zero[i]), 0);
	for (u32 i = 0; i < VLAPIC_LVTS; i++)
		EXPECT_EQ(vlapic_mmio_read(v, vlapic_lvt[i]), 0x10000);
	EXPECT_EQ(v->accepts_fixed, 0);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
}

/* SDM "x2APIC State Transitions" */
TEST(apic_base_transitions)
{
	enum { OFF = 0, X = BIT(11), BAD = BIT(10), X2 = BIT(11) | BIT(10) };
	static const struct {
		u64 from, to;
		int result;
	} t[] = {
		{ OFF, OFF, 0 },   { OFF, X, 0 },  { OFF, X2, -EINVAL },
		{ OFF, BAD, -EINVAL },
		{ X, OFF, 0 },	   { X, X, 0 },	   { X, X2, 0 },
		{ X, BAD, -EINVAL },
		{ X2, OFF, 0 },	   { X2, X2, 0 },  { X2, X, -EINVAL },
		{ X2, BAD, -EINVAL },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = fix_init(1);
		u64 before;

		if (t[i].from == X2)
			fix_x2apic(v);
		else
			EXPECT_EQ(vlapic_set_base(v, BASE | t[i].from), 0);
		before = v->apic_base;
		EXPECT_EQ(vlapic_set_base(v, BASE | t[i].to), t[i].result);
		EXPECT_EQ(v->apic_base,
			  t[i].result ? before : (BASE | t[i].to));
	}
}

TEST(apic_base_reserved_bits_fault)
{
	struct vlapic *v = fix_init(1);

	for (u32 bit = 0; bit < 64; bit++) {
		bool reserved = bit < 8 || bit == 9 || bit >= 52;

		if (bit == 10 || bit == 11)
			continue;
		EXPECT_EQ(vlapic_set_base(v, BASE | BIT(11) | BIT(bit)),
			  reserved ? -EINVAL : 0);
	}
	fix_domain.phys_bits = 39;
	EXPECT_EQ(vlapic_set_base(v, BASE | BIT(11) | BIT(39)), -EINVAL);
	EXPECT_EQ(vlapic_set_base(v, BASE | BIT(11) | BIT(38)), 0);
}

TEST(apic_base_extd_faults_when_x2apic_is_hidden)
{
	struct vlapic *v = fix_init(1);

	fix_domain.no_x2apic = true;
	EXPECT_EQ(vlapic_set_base(v, BASE | BIT(11) | BIT(10)), -EINVAL);
}

TEST(apic_base_can_be_relocated)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	EXPECT_EQ(vlapic_set_base(v, 0x42000000ull | BIT(11) | BIT(8)), 0);
	EXPECT_EQ(v->apic_base, 0x42000000ull | BIT(11) | BIT(8));
	EXPECT_EQ(vlapic_mmio_read(v, APIC_SVR), 0x1ff);
}

TEST(entering_x2apic_keeps_state_and_derives_id_and_ldr)
{
	struct vlapic *v = fix_init(40) + 37;

	fix_enable(v);
	vlapic_mmio_write(v, APIC_TPR, 0x20);
	vlapic_mmio_write(v, APIC_LDR, 0x12000000);
	vlapic_mmio_write(v, APIC_ICR2, 0xff000000);
	vlapic_mmio_write(v, APIC_LVT_LINT1, 0x400);
	fix_x2apic(v);
	EXPECT_EQ(msr(v, 0x802), 37);
	EXPECT_EQ(msr(v, 0x80d), 2u << 16 | 1u << 5);
	EXPECT_EQ(msr(v, 0x808), 0x20);
	EXPECT_EQ(msr(v, 0x80f), 0x1ff);
	EXPECT_EQ(msr(v, 0x836), 0x400);
	EXPECT_EQ(msr(v, 0x830), 0);
	EXPECT_EQ(v->accepts_fixed, 1);
}

TEST(disabling_and_enabling_resets_but_keeps_the_id)
{
	struct vlapic *v = fix_init(2) + 1;

	fix_enable(v);
	vlapic_mmio_write(v, APIC_TPR, 0x20);
	vlapic_set_irr(v, 0x40, false);
	EXPECT_EQ(vlapic_set_base(v, BASE), 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_VERSION), 0xffffffff);
	vlapic_mmio_write(v, APIC_TPR, 0x30);
	EXPECT_EQ(v->accepts_fixed, 0);
	EXPECT_EQ(vlapic_sync(v), 0);
	EXPECT_EQ(vlapic_set_base(v, BASE | BIT(11)), 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ID), 1u << 24);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_TPR), 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_SVR), 0xff);
}

TEST(init_keeps_x2apic_mode_and_drops_what_was_posted)
{
	struct vlapic *v = fix_init(18) + 17;

	fix_x2apic(v);
	fix_enable(v);
	EXPECT(apic_domain_post(&fix_domain, 17, 0x50, true));
	vlapic_reset(v);
	EXPECT_EQ(vlapic_mode(v), VLAPIC_X2APIC);
	EXPECT_EQ(msr(v, 0x802), 17);
	EXPECT_EQ(msr(v, 0x80d), 1u << 16 | 1u << 1);
	EXPECT_EQ(msr(v, 0x80f), 0xff);
	EXPECT_EQ(vlapic_sync(v), 0);
	fix_enable(v);
	EXPECT_EQ(vlapic_sync(v), 0);
}

TEST(mode_off_reads_ones_and_msrs_fault)
{
	struct vlapic *v = fix_init(1);
	u64 value;

	EXPECT_EQ(vlapic_set_base(v, BASE), 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ID), ~0u);
	EXPECT_EQ(vlapic_msr_read(v, 0x802, &value), -EINVAL);
	EXPECT_EQ(vlapic_msr_write(v, 0x80b, 0), -EINVAL);
}

TEST(software_disabled_refuses_fixed_and_keeps_pending)
{
	struct vlapic *v = fix_init(1);
	u64 control;

	fix_enable(v);
	EXPECT(apic_domain_post(&fix_domain, 0, 0x61, false));
	vlapic_set_irr(v, 0x51, false);
	vlapic_set_vector(v, APIC_ISR, 0x41, true);
	vlapic_mmio_write(v, APIC_SVR, 0xff);
	EXPECT(!apic_domain_post(&fix_domain, 0, 0x71, false));
	EXPECT_EQ(vlapic_sync(v), 0x61);
	EXPECT(vlapic_test_vector(v, APIC_IRR, 0x51));
	EXPECT(vlapic_test_vector(v, APIC_ISR, 0x41));
	/* A sender that saw it enabled and is late: not accepted. */
	pi_post(v->pid, 0x81, &control);
	EXPECT_EQ(vlapic_sync(v), 0x61);
	fix_enable(v);
	EXPECT_EQ(vlapic_sync(v), 0x61);
}

TEST(software_disabled_forces_lvt_masks)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	for (u32 i = 0; i < VLAPIC_LVTS; i++) {
		vlapic_mmio_write(v, vlapic_lvt[i], 0x40);
		EXPECT_EQ(vlapic_mmio_read(v, vlapic_lvt[i]), 0x40);
	}
	vlapic_mmio_write(v, APIC_SVR, 0xff);
	for (u32 i = 0; i < VLAPIC_LVTS; i++) {
		u32 lvt = vlapic_lvt[i];

		EXPECT_EQ(vlapic_mmio_read(v, lvt), 0x10040);
		vlapic_mmio_write(v, lvt, 0x41);
		EXPECT_EQ(vlapic_mmio_read(v, lvt), 0x10041);
	}
	fix_enable(v);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_LVT_TIMER), 0x10041);
}

TEST(tmr_follows_each_posted_vector)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	apic_domain_post(&fix_domain, 0, 0x45, true);
	apic_domain_post(&fix_domain, 0, 0x46, false);
	EXPECT_EQ(vlapic_sync(v), 0x46);
	EXPECT(vlapic_test_vector(v, APIC_TMR, 0x45));
	EXPECT(!vlapic_test_vector(v, APIC_TMR, 0x46));
	apic_domain_post(&fix_domain, 0, 0x45, false);
	vlapic_sync(v);
	EXPECT(!vlapic_test_vector(v, APIC_TMR, 0x45));
	/* An own request in between counts too. */
	apic_domain_post(&fix_domain, 0, 0x45, true);
	vlapic_sync(v);
	vlapic_set_irr(v, 0x45, false);
	EXPECT(!vlapic_test_vector(v, APIC_TMR, 0x45));
}

TEST(a_post_notifies_once_until_drained)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	fix_clear();
	apic_domain_post(&fix_domain, 0, 0x45, false);
	apic_domain_post(&fix_domain, 0, 0x46, false);
	EXPECT_EQ(fix_kicks[0], 1);
	EXPECT_EQ(sched_take(v->se), SCHED_REQ_EVENT);
	vlapic_sync(v);
	apic_domain_post(&fix_domain, 0, 0x45, false);
	EXPECT_EQ(fix_kicks[0], 2);
}

/* Left set, the bit would keep the next sender from kicking. */
TEST(sync_answers_the_request_that_it_raises_itself)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_LVT_ERROR, 0xfe);
	sched_take(v->se);
	apic_domain_post(&fix_domain, 0, 3, false);
	EXPECT_EQ(sched_take(v->se), SCHED_REQ_EVENT);
	EXPECT_EQ(vlapic_sync(v), 0xfe);
	EXPECT_EQ(v->se->requests, 0);
}

TEST(what_changes_rvi_or_svi_asks_for_a_sync)
{
	static const struct {
		u16 offset;
		u32 value;
	} t[] = { { APIC_TPR, 0x20 }, { APIC_EOI, 0 }, { APIC_SVR, 0xff },
		  { APIC_ICR, 0x40045 } };

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = fix_init(1);

		fix_enable(v);
		vlapic_set_vector(v, APIC_ISR, 0x41, true);
		sched_take(v->se);
		vlapic_mmio_write(v, t[i].offset, t[i].value);
		EXPECT_EQ(v->se->requests, SCHED_REQ_EVENT);
	}
}

TEST(ppr_is_the_higher_class_of_tpr_and_isr)
{
	static const struct {
		u8 tpr, isr;
		u32 ppr;
	} t[] = {
		{ 0, 0, 0 },	     { 0x35, 0, 0x35 },
		{ 0x35, 0x3f, 0x35 }, { 0x35, 0x41, 0x40 },
		{ 0x55, 0x41, 0x55 }, { 0xff, 0xef, 0xff },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = fix_init(1);

		vlapic_mmio_write(v, APIC_TPR, t[i].tpr);
		if (t[i].isr)
			vlapic_set_vector(v, APIC_ISR, t[i].isr, true);
		EXPECT_EQ(vlapic_mmio_read(v, APIC_PPR), t[i].ppr);
	}
}

TEST(an_interrupt_must_be_of_a_higher_class_than_ppr)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_TPR, 0x40);
	vlapic_set_irr(v, 0x4f, false);
	vlapic_sync(v);
	EXPECT(!vlapic_has_interrupt(v));
	vlapic_set_irr(v, 0x50, false);
	EXPECT(vlapic_has_interrupt(v));
}

TEST(eoi_ends_the_highest_vector_in_service)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_EOI, 0);	/* nothing in service */
	vlapic_set_irr(v, 0x31, false);
	EXPECT_EQ(fix_take(v), 0x31);
	vlapic_set_irr(v, 0x81, false);
	EXPECT_EQ(fix_take(v), 0x81);
	vlapic_set_irr(v, 0x71, false);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(v->svi, 0x81);
	vlapic_mmio_write(v, APIC_EOI, 0);
	EXPECT_EQ(fix_take(v), 0x71);
	vlapic_mmio_write(v, APIC_EOI, 0);
	vlapic_sync(v);
	EXPECT_EQ(v->svi, 0x31);
	vlapic_mmio_write(v, APIC_EOI, 0);
	vlapic_sync(v);
	EXPECT_EQ(v->svi, 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_PPR), 0);
}

TEST(esr_is_latched_by_a_write)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_ICR, 0x4000f | 5);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0);
	vlapic_mmio_write(v, APIC_ESR, 0xff);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0x20);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0x20);
	vlapic_mmio_write(v, APIC_ESR, 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0);
}

TEST(an_error_signals_its_lvt_once_until_rearmed)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_LVT_ERROR, 0xfe);
	vlapic_mmio_write(v, APIC_ICR, 0x40003);
	EXPECT_EQ(fix_take(v), 0xfe);
	vlapic_mmio_write(v, APIC_EOI, 0);
	vlapic_mmio_write(v, APIC_ICR, 0x40003);
	EXPECT_EQ(fix_take(v), 0);
	vlapic_mmio_write(v, APIC_ESR, 0);
	vlapic_mmio_write(v, APIC_ICR, 0x40003);
	EXPECT_EQ(fix_take(v), 0xfe);
}

/* XSA-462: the error LVT with an illegal vector must not call itself. */
TEST(error_lvt_with_illegal_vector_does_not_recurse)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_LVT_ERROR, 0x0f);
	vlapic_mmio_write(v, APIC_ICR, 0x40003);
	vlapic_set_irr(v, 7, false);
	EXPECT_EQ(fix_take(v), 0);
	vlapic_mmio_write(v, APIC_ESR, 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0x60);
}

TEST(an_illegal_vector_from_outside_shows_in_the_targets_esr)
{
	struct vlapic *v = fix_init(2) + 1;

	fix_enable(v);
	EXPECT(!apic_domain_post(&fix_domain, 1, 15, false));
	EXPECT_EQ(v->esr_pending, 0);	/* not ours to write from here */
	EXPECT_EQ(sched_take(v->se) & SCHED_REQ_EVENT, SCHED_REQ_EVENT);
	vlapic_sync(v);
	vlapic_mmio_write(v, APIC_ESR, 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0x40);
}

TEST(a_reserved_xapic_register_sets_esr_bit_7)
{
	static const u16 reserved[] = { 0x000, 0x010, 0x040, 0x070, 0x290,
					0x2e0, 0x3a0, 0x3d0, 0x3f0, 0x400,
					0xff0 };

	for (u32 i = 0; i < 2 * ARRAY_SIZE(reserved); i++) {
		struct vlapic *v = fix_init(1);

		if (i & 1)
			vlapic_mmio_write(v, reserved[i / 2], 1);
		else
			EXPECT_EQ(vlapic_mmio_read(v, reserved[i / 2]), 0);
		vlapic_mmio_write(v, APIC_ESR, 0);
		EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0x80);
	}
}

TEST(lint_pins_follow_their_lvt)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	fix_clear();
	vlapic_lint(v, 1);	/* masked after reset */
	EXPECT_EQ(v->se->requests, 0);
	vlapic_mmio_write(v, APIC_LVT_LINT1, 0x400);
	vlapic_lint(v, 1);
	EXPECT_EQ(sched_take(v->se), SCHED_REQ_NMI);
	vlapic_mmio_write(v, APIC_LVT_LINT0, 0x700);	/* ExtINT: no 8259 */
	vlapic_lint(v, 0);
	EXPECT_EQ(sched_take(v->se), 0);
	vlapic_mmio_write(v, APIC_LVT_LINT0, 0x54);
	vlapic_lint(v, 0);
	EXPECT_EQ(fix_take(v), 0x54);
	vlapic_mmio_write(v, APIC_LVT_LINT0, 0x500);
	sched_take(v->se);
	vlapic_lint(v, 0);
	EXPECT_EQ(sched_take(v->se), SCHED_REQ_INIT);
	EXPECT_EQ(vlapic_set_base(v, BASE), 0);
	sched_take(v->se);
	vlapic_lint(v, 1);
	EXPECT_EQ(sched_take(v->se), 0);
}

TEST(eoi_broadcast_can_be_suppressed)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	fix_domain.vioapic.rte[5] = 0x8000 | 0x4000 | 0x45;
	vlapic_set_irr(v, 0x45, true);
	EXPECT_EQ(fix_take(v), 0x45);
	vlapic_mmio_write(v, APIC_SVR, 0x11ff);
	vlapic_mmio_write(v, APIC_EOI, 0);
	EXPECT(fix_domain.vioapic.rte[5] & 0x4000);
	vlapic_set_irr(v, 0x45, true);
	EXPECT_EQ(fix_take(v), 0x45);
	vlapic_mmio_write(v, APIC_SVR, 0x1ff);
	vlapic_mmio_write(v, APIC_EOI, 0);
	EXPECT(!(fix_domain.vioapic.rte[5] & 0x4000));
}

TEST(virtualized_eoi_exit_of_an_edge_vector_does_nothing)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	fix_domain.vioapic.rte[5] = 0x8000 | 0x4000 | 0x45;
	vlapic_set_irr(v, 0x45, false);
	vlapic_eoi(v, 0x45);
	EXPECT(fix_domain.vioapic.rte[5] & 0x4000);
	vlapic_set_irr(v, 0x45, true);
	vlapic_eoi(v, 0x45);
	EXPECT(!(fix_domain.vioapic.rte[5] & 0x4000));
}

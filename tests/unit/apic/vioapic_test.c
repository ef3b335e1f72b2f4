/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual IOAPIC, rule by rule and against a naive model. */
#include "apic/domain.h"

#include "apic/vioapic.h"
#include "tests/unit/apic/fixture.h"

enum { LEVEL = 0x8000, MASK = 0x10000, RIRR = 0x4000 };

static u32 io_access(u32 offset, u8 size, bool write, u64 data)
{
	struct trap_access a = { .offset = offset, .size_bytes = size,
				 .write = write, .data = data };

	guest_mmio(&fix_guest, VIOAPIC_GPA + offset, &a);
	return a.data;
}

static u32 io_read(u8 index)
{
	io_access(0x00, 4, true, index);
	return io_access(0x10, 4, false, 0);
}

static void io_write(u8 index, u32 value)
{
	io_access(0x00, 4, true, index);
	io_access(0x10, 4, true, value);
}

static void set_rte(u32 pin, u64 rte)
{
	io_write(0x10 + 2 * pin, MASK);
	io_write(0x11 + 2 * pin, rte >> 32);
	io_write(0x10 + 2 * pin, rte);
}

static struct vlapic *machine(u32 count)
{
	struct vlapic *v = fix_init(count);

	for (u32 i = 0; i < count; i++) {
		fix_enable(v + i);
		vlapic_mmio_write(v + i, APIC_LDR, BIT(i) << 24);
	}
	fix_clear();
	return v;
}

static void eoi(struct vlapic *v)
{
	vlapic_mmio_write(v, APIC_EOI, 0);
}

TEST(registers_after_reset)
{
	machine(1);
	EXPECT_EQ(io_read(0), 0);
	EXPECT_EQ(io_read(1), 0x00170020);
	EXPECT_EQ(io_read(2), 0);
	for (u32 i = 0; i < 24; i++) {
		EXPECT_EQ(io_read(0x10 + 2 * i), MASK);
		EXPECT_EQ(io_read(0x11 + 2 * i), 0);
	}
	EXPECT_EQ(io_read(0x40), 0);
	EXPECT_EQ(io_read(0xff), 0);
	EXPECT_EQ(io_read(3), 0);
}

TEST(writable_bits)
{
	machine(1);
	io_write(0, 0xffffffff);
	EXPECT_EQ(io_read(0), 0x0f000000);
	EXPECT_EQ(io_read(2), 0x0f000000);
	io_write(1, 0xffffffff);
	EXPECT_EQ(io_read(1), 0x00170020);
	io_write(2, 0);
	EXPECT_EQ(io_read(2), 0x0f000000);
	io_write(0x10 + 6, 0xffffffff);
	io_write(0x11 + 6, 0xffffffff);
	EXPECT_EQ(io_read(0x10 + 6), 0x1afff);
	EXPECT_EQ(io_read(0x11 + 6), 0xff000000);
	io_write(0x10 + 48, 0xffffffff);	/* pin 24 */
	EXPECT_EQ(io_read(0x10 + 48), 0);
}

TEST(only_aligned_32_bit_accesses_count)
{
	machine(1);
	io_access(0x00, 1, true, 1);
	EXPECT_EQ(io_access(0x00, 4, false, 0), 0);
	io_access(0x00, 4, true, 0x101);	/* 8 bits select */
	EXPECT_EQ(io_access(0x00, 4, false, 0), 1);
	EXPECT_EQ(io_access(0x10, 1, false, 0), 0);
	EXPECT_EQ(io_access(0x10, 8, false, 0), 0);
	EXPECT_EQ(io_access(0x10, 4, false, 0), 0x00170020);
	EXPECT_EQ(io_access(0x14, 4, false, 0), 0);
	EXPECT_EQ(io_access(0x20, 4, false, 0), 0);
	io_access(0x08, 4, true, 0);
	EXPECT_EQ(io_access(0x00, 4, false, 0), 1);
}

TEST(an_edge_pin_fires_on_the_rising_edge)
{
	struct vlapic *v = machine(1);

	set_rte(3, 0x41);
	apic_domain_line(&fix_domain, 3, true);
	EXPECT_EQ(fix_take(v), 0x41);
	EXPECT(!vlapic_test_vector(v, APIC_TMR, 0x41));
	eoi(v);
	apic_domain_line(&fix_domain, 3, true);
	EXPECT_EQ(fix_take(v), 0);
	apic_domain_line(&fix_domain, 3, false);
	EXPECT_EQ(fix_take(v), 0);
	apic_domain_line(&fix_domain, 3, true);
	EXPECT_EQ(fix_take(v), 0x41);
}

TEST(an_edge_under_mask_is_lost)
{
	struct vlapic *v = machine(1);

	set_rte(3, MASK | 0x41);
	apic_domain_line(&fix_domain, 3, true);
	set_rte(3, 0x41);
	EXPECT_EQ(fix_take(v), 0);
}

TEST(a_level_pin_sets_remote_irr_and_tmr_until_eoi)
{
	struct vlapic *v = machine(1);

	set_rte(4, LEVEL | 0x42);
	apic_domain_line(&fix_domain, 4, true);
	EXPECT_EQ(io_read(0x18), LEVEL | RIRR | 0x42);
	EXPECT_EQ(fix_take(v), 0x42);
	EXPECT(vlapic_test_vector(v, APIC_TMR, 0x42));
	apic_domain_line(&fix_domain, 4, true);
	EXPECT_EQ(fix_take(v), 0);
	apic_domain_line(&fix_domain, 4, false);
	EXPECT_EQ(io_read(0x18), LEVEL | RIRR | 0x42);
	eoi(v);
	EXPECT_EQ(io_read(0x18), LEVEL | 0x42);
	EXPECT_EQ(fix_take(v), 0);
}

TEST(a_level_pin_still_asserted_at_eoi_fires_again)
{
	struct vlapic *v = machine(1);

	set_rte(4, LEVEL | 0x42);
	apic_domain_line(&fix_domain, 4, true);
	for (u32 i = 0; i < 3; i++) {
		EXPECT_EQ(fix_take(v), 0x42);
		eoi(v);
	}
	apic_domain_line(&fix_domain, 4, false);
	EXPECT_EQ(fix_take(v), 0x42);	/* was requested already */
	eoi(v);
	EXPECT_EQ(fix_take(v), 0);
}

TEST(a_masked_level_pin_fires_at_unmask_while_asserted)
{
	struct vlapic *v = machine(1);

	set_rte(4, LEVEL | MASK | 0x42);
	apic_domain_line(&fix_domain, 4, true);
	EXPECT_EQ(fix_take(v), 0);
	io_write(0x18, LEVEL | 0x42);
	EXPECT_EQ(fix_take(v), 0x42);
	/* Masked in service: the EOI clears remote IRR, nothing is sent. */
	io_write(0x18, LEVEL | MASK | 0x42);
	eoi(v);
	EXPECT_EQ(io_read(0x18), LEVEL | MASK | 0x42);
	EXPECT_EQ(fix_take(v), 0);
	io_write(0x18, LEVEL | 0x42);
	EXPECT_EQ(fix_take(v), 0x42);
}

TEST(the_eoi_register_ends_by_vector)
{
	struct vlapic *v = machine(1);

	set_rte(4, LEVEL | 0x42);
	apic_domain_line(&fix_domain, 4, true);
	EXPECT_EQ(fix_take(v), 0x42);
	io_access(0x40, 4, true, 0x43);
	EXPECT_EQ(io_read(0x18), LEVEL | RIRR | 0x42);
	apic_domain_line(&fix_domain, 4, false);
	io_access(0x40, 4, true, 0x42);
	EXPECT_EQ(io_read(0x18), LEVEL | 0x42);
	EXPECT_EQ(io_access(0x40, 4, false, 0), 0);
}

TEST(switching_to_edge_clears_remote_irr)
{
	machine(1);
	set_rte(4, LEVEL | 0x42);
	apic_domain_line(&fix_domain, 4, true);
	io_write(0x18, MASK | 0x42);
	EXPECT_EQ(io_read(0x18), MASK | 0x42);
	io_write(0x18, LEVEL | MASK | 0x42);
	EXPECT_EQ(io_read(0x18), LEVEL | MASK | 0x42);
}

TEST(remote_irr_needs_someone_who_accepts)
{
	struct vlapic *v = machine(1);

	vlapic_mmio_write(v, APIC_SVR, 0xff);
	set_rte(4, LEVEL | 0x42);
	apic_domain_line(&fix_domain, 4, true);
	EXPECT_EQ(io_read(0x18), LEVEL | 0x42);
	fix_enable(v);
	apic_domain_line(&fix_domain, 4, true);
	EXPECT_EQ(fix_take(v), 0x42);
}

TEST(delivery_modes_and_destinations)
{
	static const struct {
		u64 rte;
		u64 vector_to, nmi_to, init_to;
	} t[] = {
		{ 0x0200000000000045, BIT(2), 0, 0 },
		{ 0xff00000000000045, 0xf, 0, 0 },
		{ 0x0600000000000845, BIT(1) | BIT(2), 0, 0 },
		{ 0x0600000000000945, BIT(2), 0, 0 },	/* lowest: 0x45 % 2 */
		{ 0x0200000000000145, BIT(2), 0, 0 },
		{ 0x0200000000000445, 0, BIT(2), 0 },
		{ 0x0200000000000545, 0, 0, BIT(2) },
		{ 0x0200000000000245, 0, 0, 0 },	/* SMI */
		{ 0x0200000000000645, 0, 0, 0 },	/* reserved */
		{ 0x0200000000000745, 0, 0, 0 },	/* ExtINT */
		{ 0x0700000000000045, 0, 0, 0 },	/* nobody */
		{ 0x0200000000000005, 0, 0, 0 },	/* illegal vector */
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = machine(4);

		set_rte(7, t[i].rte);
		apic_domain_line(&fix_domain, 7, true);
		for (u32 j = 0; j < 4; j++) {
			u32 requests = sched_take(&fix_se[j]);

			EXPECT_EQ(fix_take(v + j),
				  t[i].vector_to & BIT(j) ? 0x45 : 0);
			EXPECT_EQ(!!(requests & SCHED_REQ_NMI),
				  !!(t[i].nmi_to & BIT(j)));
			EXPECT_EQ(!!(requests & SCHED_REQ_INIT),
				  !!(t[i].init_to & BIT(j)));
		}
	}
}

TEST(nmi_is_edge_even_when_the_rte_says_level)
{
	machine(1);
	set_rte(7, LEVEL | 0x445);
	apic_domain_line(&fix_domain, 7, true);
	EXPECT_EQ(sched_take(&fix_se[0]), SCHED_REQ_NMI);
	EXPECT_EQ(io_read(0x1e), LEVEL | 0x445);
	io_write(0x1e, LEVEL | 0x445);
	EXPECT_EQ(sched_take(&fix_se[0]), 0);
}

TEST(lines_beyond_the_last_pin_are_ignored)
{
	machine(1);
	apic_domain_line(&fix_domain, 24, true);
	apic_domain_line(&fix_domain, 0xffffffff, true);
	EXPECT_EQ(fix_domain.vioapic.line, 0);
}

static bool in_bitmap(const u64 b[4], u8 vector)
{
	return b[vector / 64] & BIT(vector % 64);
}

TEST(eoi_exit_bitmap_has_the_level_vectors_of_the_targets)
{
	struct vlapic *v = machine(2);
	u64 b0[4], b1[4];

	EXPECT(vlapic_eoi_exit_bitmap(v, b0));
	EXPECT(!vlapic_eoi_exit_bitmap(v, b0));
	set_rte(1, LEVEL | 0x31);			/* physical 0 */
	set_rte(2, 1ull << 56 | LEVEL | MASK | 0x92);	/* physical 1 */
	set_rte(3, 3ull << 56 | LEVEL | 0x800 | 0xe3);	/* logical both */
	set_rte(4, 0x54);				/* edge */
	EXPECT(vlapic_eoi_exit_bitmap(v, b0));
	EXPECT(vlapic_eoi_exit_bitmap(v + 1, b1));
	EXPECT(in_bitmap(b0, 0x31) && !in_bitmap(b1, 0x31));
	EXPECT(!in_bitmap(b0, 0x92) && in_bitmap(b1, 0x92));
	EXPECT(in_bitmap(b0, 0xe3) && in_bitmap(b1, 0xe3));
	EXPECT(!in_bitmap(b0, 0x54));
	/* A new logical ID moves the third. */
	vlapic_mmio_write(v + 1, APIC_LDR, 0x80000000);
	EXPECT(vlapic_eoi_exit_bitmap(v + 1, b1));
	EXPECT(!in_bitmap(b1, 0xe3));
}

TEST(eoi_exit_bitmap_keeps_what_is_in_service_elsewhere)
{
	struct vlapic *v = machine(2);
	u64 b[4];

	set_rte(1, LEVEL | 0x31);
	apic_domain_line(&fix_domain, 1, true);
	EXPECT_EQ(fix_take(v), 0x31);
	io_write(0x13, 1u << 24);	/* retargeted while in service */
	EXPECT(vlapic_eoi_exit_bitmap(v, b));
	EXPECT(in_bitmap(b, 0x31));
	apic_domain_line(&fix_domain, 1, false);
	vlapic_set_vector(v, APIC_ISR, 0x31, false);
	vlapic_eoi(v, 0x31);
	EXPECT_EQ(io_read(0x12), LEVEL | 0x31);
}

TEST(masking_alone_does_not_recompute_bitmaps)
{
	struct vlapic *v = machine(1);
	u64 b[4];

	set_rte(1, LEVEL | 0x31);
	EXPECT(vlapic_eoi_exit_bitmap(v, b));
	io_write(0x12, LEVEL | MASK | 0x31);
	io_write(0x12, LEVEL | 0x31);
	EXPECT(!vlapic_eoi_exit_bitmap(v, b));
}

TEST(domain_reset_masks_all_pins)
{
	machine(1);
	set_rte(1, LEVEL | 0x31);
	io_write(0, 0x03000000);
	apic_domain_reset(&fix_domain);
	EXPECT_EQ(io_read(0x12), MASK);
	EXPECT_EQ(io_read(0), 0);
}

/*
 * Naive model of one pin on one vCPU: what the 82093AA data sheet says, with
 * the local APIC as two flags.
 */
struct pin_model {
	bool level, masked, rirr, line;
	bool irr, isr;
};

static void model_settle(struct pin_model *m)
{
	if (m->level && !m->masked && m->line && !m->rirr) {
		m->rirr = true;
		m->irr = true;
	}
}

static void model_step(struct pin_model *m, u32 action)
{
	switch (action) {
	case 0:
		if (!m->line && !m->level && !m->masked)
			m->irr = true;
		m->line = true;
		break;
	case 1:
		m->line = false;
		break;
	case 2:
		if (m->irr && !m->isr) {
			m->irr = false;
			m->isr = true;
		}
		break;
	case 3:
		if (m->isr)
			m->rirr = false;
		m->isr = false;
		break;
	default:
		m->masked = action & 1;
		m->level = action & 2;
		if (!m->level)
			m->rirr = false;
	}
	model_settle(m);
}

static void real_step(struct vlapic *v, u32 action)
{
	switch (action) {
	case 0:
	case 1:
		apic_domain_line(&fix_domain, 9, action == 0);
		break;
	case 2:
		(void)fix_take(v);
		break;
	case 3:
		/* Exit 45 broadcasts whatever the trigger mode was. */
		vlapic_sync(v);
		if (vlapic_test_vector(v, APIC_ISR, 0x49))
			vioapic_eoi(&fix_domain, 0x49);
		vlapic_set_vector(v, APIC_ISR, 0x49, false);
		break;
	default:
		io_write(0x22, 0x49 | (action & 1 ? MASK : 0) |
				       (action & 2 ? LEVEL : 0));
	}
}

TEST(random_pin_sequences_match_the_model)
{
	struct pin_model m = { .masked = true };
	struct vlapic *v = machine(1);
	u32 x = 1, bad = 0;

	set_rte(9, MASK | 0x49);
	for (u32 i = 0; i < 300000 && bad < 5; i++) {
		u32 action;
		u64 rte;

		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		action = x >> 8 & 7;
		/* RTE writes are rare. */
		if (action > 3 && (x >> 16 & 7))
			action &= 3;
		model_step(&m, action);
		real_step(v, action);
		vlapic_sync(v);
		rte = fix_domain.vioapic.rte[9];
		if (m.rirr != !!(rte & RIRR) ||
		    m.irr != vlapic_test_vector(v, APIC_IRR, 0x49) ||
		    m.isr != vlapic_test_vector(v, APIC_ISR, 0x49)) {
			EXPECT_EQ(i, action);
			bad++;
		}
	}
	EXPECT_EQ(bad, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priorities: order of delivery, nesting, what TPR and the vector in service
 * hold back, IRR and ISR bits, PPR, CR8, and what EOI releases; in xAPIC mode
 * and then, if there is one, in x2APIC mode.
 */
#include "lib/guest.h"

static u8 trace[16];
static u32 traced;
static const char *mode;

static const char *name(const char *what)
{
	return test_name("eoi", mode, what);
}

static void note(u8 v)
{
	if (traced < ARRAY_SIZE(trace))
		trace[traced++] = v;
}

static void self(u8 vector)
{
	apic_icr(0, ICR_SELF | ICR_ASSERT | vector);
}

static void settle(void)
{
	sti();
	delay_us(200);
	cli();
}

static void plain(struct frame *f)
{
	note((u8)f->vector);
	apic_eoi();
}

/* Raises a higher and a lower class, lets interrupts in, then ends. */
static void nesting(struct frame *f)
{
	note((u8)f->vector);
	self(0x75);
	self(0x33);
	self(0x58);	/* same class as 0x51 */
	settle();
	note(0xee);
	apic_eoi();
}

static void test_order(void)
{
	traced = 0;
	self(0x41);
	self(0x93);
	self(0x62);
	test_check(name("irr"), apic_bit(APIC_IRR, 0x41) &&
		   apic_bit(APIC_IRR, 0x93) && apic_bit(APIC_IRR, 0x62),
		   "bits missing");
	settle();
	test_check(name("order"), traced == 3 && trace[0] == 0x93 &&
		   trace[1] == 0x62 && trace[2] == 0x41,
		   "%u: %x %x %x", traced, trace[0], trace[1], trace[2]);
}

static void test_nesting(void)
{
	static const u8 want[] = { 0x51, 0x75, 0xee, 0x58, 0x33 };

	traced = 0;
	trap_set_handler(0x51, nesting);
	self(0x51);
	settle();
	settle();
	test_check(name("nesting"), traced == sizeof(want) &&
		   !memcmp(trace, want, sizeof(want)),
		   "%u: %x %x %x %x %x", traced, trace[0], trace[1], trace[2],
		   trace[3], trace[4]);
}

static u32 isr_seen, irr_seen, ppr_seen, ppr_tpr_seen;

static void inspect(struct frame *f)
{
	isr_seen = apic_bit(APIC_ISR, (u8)f->vector);
	irr_seen = apic_bit(APIC_IRR, (u8)f->vector);
	ppr_seen = apic_read(APIC_PPR);
	apic_write(APIC_TPR, 0x9c);
	ppr_tpr_seen = apic_read(APIC_PPR);
	apic_write(APIC_TPR, 0);
	apic_eoi();
}

static void test_registers(void)
{
	trap_set_handler(0x67, inspect);
	self(0x67);
	settle();
	test_check(name("isr-in-handler"), isr_seen && !irr_seen,
		   "isr %u irr %u", isr_seen, irr_seen);
	test_equal(name("ppr-in-handler"), ppr_seen & 0xf0, 0x60);
	test_equal(name("ppr-follows-tpr"), ppr_tpr_seen & 0xf0, 0x90);
	test_check(name("isr-after"), !apic_bit(APIC_ISR, 0x67), "set");
	test_equal(name("ppr-after"), apic_read(APIC_PPR), 0);
}

static void test_tpr(void)
{
	apic_write(APIC_TPR, 0x60);
	test_equal(name("cr8-shows-tpr"), read_cr8(), 6);
	traced = 0;
	self(0x6f);
	self(0x70);
	settle();
	test_check(name("tpr-holds-class"), traced == 1 && trace[0] == 0x70,
		   "%u: %x", traced, trace[0]);
	write_cr8(5);
	test_equal(name("tpr-shows-cr8"), apic_read(APIC_TPR), 0x50);
	settle();
	test_check(name("cr8-releases"), traced == 2 && trace[1] == 0x6f,
		   "%u: %x", traced, trace[1]);
	write_cr8(15);
	self(0xfe);
	settle();
	test_equal(name("tpr-15-holds-all"), traced, 2);
	write_cr8(0);
	settle();
	test_equal(name("tpr-0-releases"), traced, 3);
	if (test_tcg_gap(name("cr8-reserved"), "does not check CR8"))
		return;
	test_trap(name("cr8-reserved"), TRAP_OF(write_cr8(0x10)), VEC_GP, 0);
}

/* One IRR bit per vector: the second request of two merges. */
static void test_merge(void)
{
	traced = 0;
	self(0x44);
	self(0x44);
	settle();
	test_equal(name("requests-merge"), traced, 1);
}

/* EOI with nothing in service does nothing. */
static void test_spurious_eoi(void)
{
	apic_eoi();
	traced = 0;
	self(0x45);
	settle();
	test_equal(name("eoi-idle"), traced, 1);
}

static void test_all(const char *which)
{
	u32 v;

	mode = which;
	for (v = 0x30; v < 0x100; v++)
		if (v != VEC_USER_RETURN)
			trap_set_handler((u8)v, plain);
	test_order();
	test_nesting();
	test_registers();
	test_tpr();
	test_merge();
	test_spurious_eoi();
}

int main(void)
{
	test_all("xapic");
	if (apic_enter_x2())
		test_all("x2apic");
	else
		test_skip("eoi.x2apic", "no x2APIC");
	return 0;
}

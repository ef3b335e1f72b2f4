/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Self-IPI by each of its forms and with every vector: ICR shorthand, ICR
 * with the own ID, logical destination, and the SELF_IPI register of x2APIC.
 */
#include "lib/guest.h"

enum how { BY_SHORTHAND, BY_ID, BY_LOGICAL, BY_REGISTER };

static u32 counts[256];

static void on_any(struct frame *f)
{
	counts[f->vector]++;
	apic_eoi();
}

static void send(enum how how, u8 vector)
{
	switch (how) {
	case BY_SHORTHAND:
		apic_icr(0, ICR_SELF | ICR_ASSERT | vector);
		break;
	case BY_ID:
		apic_icr(apic_id(), ICR_ASSERT | vector);
		break;
	case BY_LOGICAL:
		apic_icr(apic_is_x2() ? apic_read(APIC_LDR) : 0x02,
			 ICR_LOGICAL | ICR_ASSERT | vector);
		break;
	case BY_REGISTER:
		wrmsr(MSR_X2APIC + APIC_SELF_IPI / 16, vector);
		break;
	}
}

static void test_every_vector(const char *name, enum how how)
{
	u32 v, bad = 0, last = 0;

	sti();
	for (v = 32; v < VEC_SPURIOUS; v++) {
		counts[v] = 0;
		send(how, (u8)v);
		wait_for(500000, READ_ONCE(counts[v]));
		if (counts[v] != 1) {
			bad++;
			last = v;
		}
	}
	cli();
	test_check(name, !bad, "%u vectors, last %u", bad, last);
}

/* Right after the instruction, before anything else can have run. */
static void test_immediate(const char *name, enum how how)
{
	u32 i, late = 0;

	counts[0x70] = 0;
	sti();
	for (i = 0; i < 500; i++) {
		send(how, 0x70);
		late += !wait_for(500000, READ_ONCE(counts[0x70]) == i + 1);
		if (late)
			break;
	}
	cli();
	test_check(name, !late, "lost after %u", i);
}

/* Vectors below 16 are illegal: nothing arrives, nothing breaks. */
static void test_illegal(const char *name, enum how how)
{
	struct trap t;
	u32 v;

	t = TRAP_OF(for (v = 0; v < 16; v++)
		send(how, (u8)v);
		sti();
		delay_us(1000);
		cli());
	if (t.vector != VEC_NONE)
		test_fail(name, "vector %u arrived", t.vector);
	else
		test_pass(name);
}

int main(void)
{
	u32 v;

	for (v = 32; v < 256; v++)
		trap_set_handler((u8)v, on_any);
	apic_write(APIC_DFR, 0xffffffff);
	apic_write(APIC_LDR, 0x02000000);
	test_every_vector("selfipi.xapic-shorthand", BY_SHORTHAND);
	test_every_vector("selfipi.xapic-id", BY_ID);
	test_every_vector("selfipi.xapic-logical", BY_LOGICAL);
	test_immediate("selfipi.xapic-500", BY_SHORTHAND);
	if (!test_tcg_gap("selfipi.xapic-illegal", "delivers illegal vectors"))
		test_illegal("selfipi.xapic-illegal", BY_SHORTHAND);
	if (!apic_enter_x2()) {
		test_skip("selfipi.x2apic", "no x2APIC");
		return 0;
	}
	test_every_vector("selfipi.x2apic-shorthand", BY_SHORTHAND);
	test_every_vector("selfipi.x2apic-id", BY_ID);
	test_every_vector("selfipi.x2apic-logical", BY_LOGICAL);
	test_every_vector("selfipi.x2apic-register", BY_REGISTER);
	test_immediate("selfipi.x2apic-500", BY_REGISTER);
	if (!test_tcg_gap("selfipi.x2apic-illegal", "delivers illegal vectors"))
		test_illegal("selfipi.x2apic-illegal", BY_REGISTER);
	return 0;
}

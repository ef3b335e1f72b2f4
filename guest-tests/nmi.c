/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NMIs: sent to oneself and to another CPU, delivered with IF=0, blocked from
 * delivery until IRET, kept pending meanwhile, and waking HLT.
 */
#include "lib/guest.h"

static u32 count, depth, deepest, resend, awake;

static void on_nmi(struct frame *f)
{
	u32 d = __atomic_add_fetch(&depth, 1, __ATOMIC_RELAXED);

	(void)f;
	if (d > deepest)
		deepest = d;
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
	if (resend) {
		resend--;
		apic_icr(apic_id(), ICR_NMI | ICR_ASSERT);
		delay_us(300);
	}
	__atomic_fetch_sub(&depth, 1, __ATOMIC_RELAXED);
}

static void reset(u32 resends)
{
	depth = deepest = 0;
	WRITE_ONCE(count, 0);
	resend = resends;
	WRITE_ONCE(awake, 0);
}

static void test_self(void)
{
	reset(0);
	apic_icr(apic_id(), ICR_NMI | ICR_ASSERT);
	wait_for(2000000, READ_ONCE(count));
	test_equal("nmi.self", count, 1);
	reset(1);
	apic_icr(apic_id(), ICR_NMI | ICR_ASSERT);
	wait_for(100000, READ_ONCE(count) >= 2);
	test_equal("nmi.pending-after-iret", count, 2);
	test_equal("nmi.blocked-until-iret", deepest, 1);
}

static void test_vector_ignored(void)
{
	reset(0);
	apic_icr(apic_id(), ICR_NMI | ICR_ASSERT | 0x31);
	wait_for(2000000, READ_ONCE(count));
	test_equal("nmi.vector-ignored", count, 1);
}

/* Again until it was seen: the first may come before the HLT. */
static void send_until_done(u32 id)
{
	u32 i;

	for (i = 0; i < 500 && !READ_ONCE(awake); i++) {
		apic_icr(id, ICR_NMI | ICR_ASSERT);
		delay_us(2000);
	}
}

static void send_later(void *arg)
{
	delay_us(2000);
	send_until_done(*(u32 *)arg);
}

/* HLT with IF=0: nothing but the NMI of the other CPU can end it. */
static void test_halt(void)
{
	u32 self = apic_id();

	reset(0);
	cli();
	smp_call(1, send_later, &self);
	asm volatile("hlt");
	WRITE_ONCE(awake, 1);
	smp_wait(1);
	test_check("nmi.wakes-hlt", count >= 1, "HLT ended without an NMI");
}

static void halt_once(void *arg)
{
	(void)arg;
	cli();
	asm volatile("hlt");
	WRITE_ONCE(awake, 1);
	sti();
}

static void test_other(void)
{
	u32 id = cpu_nr(1)->apic_id;
	bool woken;

	reset(0);
	apic_icr(id, ICR_NMI | ICR_ASSERT);
	wait_for(2000000, READ_ONCE(count));
	test_equal("nmi.other-cpu", count, 1);
	delay_us(2000);
	reset(0);
	smp_call(1, halt_once, NULL);
	delay_us(2000);
	send_until_done(id);
	woken = smp_wait(1);
	test_check("nmi.wakes-other-hlt", woken && count >= 1,
		   "awake %u, %u NMIs", awake, count);
}

static void test_broadcast(void)
{
	reset(0);
	apic_icr(0, ICR_NMI | ICR_ASSERT | ICR_OTHERS);
	wait_for(2000000, READ_ONCE(count) == smp_count() - 1);
	test_equal("nmi.all-but-self", count, smp_count() - 1);
}

int main(void)
{
	trap_set_handler(VEC_NMI, on_nmi);
	test_self();
	test_vector_ignored();
	if (smp_start() > 1) {
		test_halt();
		test_other();
		test_broadcast();
	} else {
		test_skip("nmi.wakes-hlt", "one CPU");
		test_skip("nmi.other-cpu", "one CPU");
		test_skip("nmi.wakes-other-hlt", "one CPU");
		test_skip("nmi.all-but-self", "one CPU");
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HLT ends with an interrupt (timer, own, another CPU's), at once if one is
 * already pending, not with one that TPR holds back, and is refused to CPL 3.
 */
#include "lib/guest.h"

#define VEC_TIMER	0x61
#define VEC_LOW		0x31
#define VEC_IPI		0x71

static u32 timers, lows, ipis;

static void on_timer(struct frame *f)
{
	(void)f;
	timers++;
	apic_eoi();
}

static void on_low(struct frame *f)
{
	(void)f;
	lows++;
	apic_eoi();
}

static void on_ipi(struct frame *f)
{
	(void)f;
	ipis++;
	apic_eoi();
}

static void start_timer(u32 count)
{
	apic_write(APIC_DCR, 0xb);
	apic_write(APIC_LVT_TIMER, VEC_TIMER);
	apic_write(APIC_TMICT, count);
}

static void test_timer(void)
{
	u64 start = rdtsc();

	timers = 0;
	start_timer(1000000);
	sti_hlt();
	cli();
	test_check("hlt.timer", timers == 1, "%u interrupts", timers);
	test_check("hlt.timer-slept", rdtsc() - start > 1000,
		   "%lu ticks", rdtsc() - start);
}

/* Pending before STI; HLT: the shadow of STI must not lose it. */
static void test_pending(void)
{
	ipis = 0;
	apic_icr(0, ICR_SELF | ICR_ASSERT | VEC_IPI);
	sti_hlt();
	cli();
	test_equal("hlt.pending-at-sti", ipis, 1);
}

/* Class 3 is held back by TPR; class 6 gets through and ends HLT alone. */
static void test_priority(void)
{
	timers = lows = 0;
	apic_write(APIC_TPR, 0x50);
	apic_icr(0, ICR_SELF | ICR_ASSERT | VEC_LOW);
	start_timer(1000000);
	sti_hlt();
	cli();
	test_check("hlt.tpr-holds-back", timers == 1 && !lows,
		   "timer %u, low %u", timers, lows);
	sti();
	apic_write(APIC_TPR, 0);
	wait_for(100000, READ_ONCE(lows));
	cli();
	test_equal("hlt.tpr-lowered", lows, 1);
}

static void send_later(void *arg)
{
	delay_us(500);
	apic_icr(*(u32 *)arg, ICR_ASSERT | VEC_IPI);
}

static void test_ipi(void)
{
	u32 self = apic_id();

	if (smp_start() < 2) {
		test_skip("hlt.ipi", "one CPU");
		return;
	}
	ipis = 0;
	smp_call(1, send_later, &self);
	sti_hlt();
	cli();
	test_equal("hlt.ipi", ipis, 1);
	smp_wait(1);
}

/* Many rounds: a lost wake-up hangs here and fails by time-out. */
static void test_many(void)
{
	u32 i;

	timers = 0;
	for (i = 0; i < 200; i++) {
		start_timer(1 + i * 97 % 20000);
		sti_hlt();
		cli();
		if (timers != i + 1)
			break;
	}
	test_equal("hlt.200-timers", timers, 200);
}

static void user_hlt(void *arg)
{
	(void)arg;
	asm volatile("hlt");
}

int main(void)
{
	trap_set_handler(VEC_TIMER, on_timer);
	trap_set_handler(VEC_LOW, on_low);
	trap_set_handler(VEC_IPI, on_ipi);
	test_timer();
	test_pending();
	test_priority();
	test_many();
	test_ipi();
	test_trap("hlt.user-mode", user_call(user_hlt, NULL, 2), VEC_GP, 0);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local APIC timer: one-shot, periodic and TSC-deadline, divider, current
 * count, masking, and its rate against the TSC (CPUID 0x15 promises it).
 */
#include "lib/guest.h"

#define VEC_TIMER	0x61
#define DIVIDE_1	0xb
#define DIVIDE_16	0x3

static u32 fired;
static u64 fired_tsc;
static u64 timer_hz;	/* measured at divide by 1 */

static void on_timer(struct frame *f)
{
	(void)f;
	fired++;
	fired_tsc = rdtsc();
	apic_eoi();
}

static void arm(u64 lvt, u32 divide, u32 count)
{
	WRITE_ONCE(fired, 0);
	apic_write(APIC_DCR, divide);
	apic_write(APIC_LVT_TIMER, (u32)lvt | VEC_TIMER);
	apic_write(APIC_TMICT, count);
}

/* Counts down for 10 ms of TSC time. */
static u64 measure(u32 divide)
{
	u64 start, end;
	u32 left;

	arm(LVT_MASKED, divide, 0xffffffff);
	start = rdtsc();
	delay_us(10000);
	left = apic_read(APIC_TMCCT);
	end = rdtsc();
	apic_write(APIC_TMICT, 0);
	return (0xffffffffu - left) * (tsc_hz / 1000) / (end - start) * 1000;
}

static bool near(u64 got, u64 want, u32 percent)
{
	u64 diff = got > want ? got - want : want - got;

	return diff * 100 <= want * percent;
}

static void test_rate(void)
{
	u64 by_16;

	timer_hz = measure(DIVIDE_1);
	by_16 = measure(DIVIDE_16);
	print("timer %lu Hz, TSC %lu Hz\n", timer_hz, tsc_hz);
	test_check("timer.counts", timer_hz > 1000, "%lu Hz", timer_hz);
	test_check("timer.divider", near(by_16 * 16, timer_hz, 10),
		   "%lu Hz by 16, %lu Hz by 1", by_16, timer_hz);
	if (!test_bare_gap("timer.rate-is-crystal", "emulators count faster"))
		test_check("timer.rate-is-crystal",
			   near(timer_hz, crystal_hz, 3),
			   "%lu Hz, crystal %lu Hz", timer_hz, crystal_hz);
}

static void test_one_shot(void)
{
	u64 start = rdtsc(), us;

	arm(LVT_ONE_SHOT, DIVIDE_1, (u32)(timer_hz / 500));
	sti();
	wait_for(1000000, READ_ONCE(fired));
	us = (fired_tsc - start) / (tsc_hz / 1000000);
	test_check("timer.one-shot", fired == 1 && us >= 1900,
		   "%u interrupts after %lu us, wanted 2000", fired, us);
	test_check("timer.one-shot-in-time", us < 30000,
		   "%lu us, wanted 2000", us);
	delay_us(5000);
	cli();
	test_equal("timer.one-shot-once", fired, 1);
	test_equal("timer.count-ends-at-0", apic_read(APIC_TMCCT), 0);
}

static void test_periodic(void)
{
	u64 start, us;
	u32 n;

	arm(LVT_PERIODIC, DIVIDE_1, (u32)(timer_hz / 1000));
	start = rdtsc();
	sti();
	wait_for(2000000, READ_ONCE(fired) >= 20);
	cli();
	n = fired;
	us = (fired_tsc - start) / (tsc_hz / 1000000);
	/* Early is wrong; late may be a busy host. */
	test_check("timer.periodic", n >= 20 && us >= n * 900ul &&
		   us <= n * 4000ul, "%u interrupts in %lu us", n, us);
	test_check("timer.periodic-reloads", apic_read(APIC_TMCCT) <=
		   timer_hz / 1000, "count %u", apic_read(APIC_TMCCT));
	apic_write(APIC_TMICT, 0);
	sti();
	delay_us(1000);
	n = fired;
	delay_us(5000);
	cli();
	test_equal("timer.stopped", fired, n);
}

static void test_mask(void)
{
	arm(LVT_MASKED, DIVIDE_1, (u32)(timer_hz / 1000));
	sti();
	delay_us(3000);
	cli();
	test_equal("timer.masked", fired, 0);
}

/* With interrupts off it becomes pending in IRR, once. */
static void test_pending(void)
{
	arm(LVT_ONE_SHOT, DIVIDE_1, 1000);
	wait_for(100000, apic_bit(APIC_IRR, VEC_TIMER));
	test_check("timer.pending-in-irr", apic_bit(APIC_IRR, VEC_TIMER) &&
		   !fired, "%u interrupts", fired);
	sti();
	wait_for(100000, READ_ONCE(fired));
	cli();
	test_equal("timer.pending-delivered", fired, 1);
}

static void deadline_in(u64 us)
{
	WRITE_ONCE(fired, 0);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + us * (tsc_hz / 1000000));
}

static void test_deadline(void)
{
	u64 start = rdtsc(), us;

	arm(LVT_DEADLINE, DIVIDE_1, 0);
	asm volatile("mfence" ::: "memory");
	deadline_in(2000);
	test_check("timer.deadline-reads-back", rdmsr(MSR_TSC_DEADLINE) >
		   start, "0x%lx", rdmsr(MSR_TSC_DEADLINE));
	sti();
	wait_for(1000000, READ_ONCE(fired));
	us = (fired_tsc - start) / (tsc_hz / 1000000);
	test_check("timer.deadline", fired == 1 && us >= 2000,
		   "%u interrupts after %lu us", fired, us);
	test_check("timer.deadline-in-time", us < 30000, "%lu us", us);
	if (!test_bare_gap("timer.deadline-cleared", "emulators keep it"))
		test_equal("timer.deadline-cleared", rdmsr(MSR_TSC_DEADLINE),
			   0);
	deadline_in(1000);
	wrmsr(MSR_TSC_DEADLINE, 0);
	delay_us(3000);
	test_equal("timer.deadline-disarmed", fired, 0);
	wrmsr(MSR_TSC_DEADLINE, 1);
	wait_for(100000, READ_ONCE(fired));
	test_equal("timer.deadline-in-the-past", fired, 1);
	cli();
	arm(LVT_ONE_SHOT, DIVIDE_1, 0);
	deadline_in(1000);
	test_equal("timer.deadline-other-mode", rdmsr(MSR_TSC_DEADLINE), 0);
	sti();
	delay_us(3000);
	cli();
	test_equal("timer.deadline-not-armed", fired, 0);
}

int main(void)
{
	trap_set_handler(VEC_TIMER, on_timer);
	test_rate();
	test_one_shot();
	test_periodic();
	test_mask();
	test_pending();
	if (cpu_deadline())
		test_deadline();
	else
		test_skip("timer.deadline", "no TSC deadline");
	return 0;
}

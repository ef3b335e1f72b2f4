/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round trip of an IPI between two CPUs, in TSC ticks: sent, its handler runs
 * on the other CPU, the sender sees the flag that it sets. The target spins or
 * is halted. "BENCH name median min max" of 1000, as bench.c prints them; to
 * be run with two CPUs.
 */
#include "lib/guest.h"
#include "lib/sort.h"

#define SAMPLES	1000
#define VEC	0x46
#define SETTLE_US 20		/* until the target is halted again */

static u64 samples[SAMPLES];
static u32 answered;
static u32 stop;
static bool x2;		/* apic_is_x2() reads an MSR, which may exit */

static void eoi(void)
{
	if (x2)
		wrmsr(MSR_X2APIC + APIC_EOI / 16, 0);
	else
		mmio_write32(LAPIC_BASE + APIC_EOI, 0);
}

static void send(u32 id)
{
	if (x2) {
		wrmsr(MSR_X2APIC + APIC_ICR / 16,
		      (u64)id << 32 | ICR_ASSERT | VEC);
		return;
	}
	mmio_write32(LAPIC_BASE + APIC_ICR2, id << 24);
	mmio_write32(LAPIC_BASE + APIC_ICR, ICR_ASSERT | VEC);
}

static void on_ipi(struct frame *f)
{
	(void)f;
	WRITE_ONCE(answered, answered + 1);
	eoi();
}

static void spin(void *arg)
{
	(void)arg;
	sti();
	while (!READ_ONCE(stop))
		;
	cli();
}

/* The last IPI finds it either before CLI or in HLT. */
static void halt(void *arg)
{
	(void)arg;
	for (;;) {
		cli();
		if (READ_ONCE(stop))
			return;
		sti_hlt();
	}
}

static bool round_trip(u32 id, u64 *ticks)
{
	u32 want = READ_ONCE(answered) + 1;
	u64 start = rdtsc(), end = start + tsc_hz;

	send(id);
	while (READ_ONCE(answered) != want)
		if (rdtsc() > end)
			return false;
	*ticks = rdtsc() - start;
	return true;
}

static void bench(const char *mode, const char *target, void (*fn)(void *),
		  u32 settle_us)
{
	const char *name = test_name("ipi", mode, target);
	u32 id = cpu_nr(1)->apic_id, i;

	WRITE_ONCE(stop, 0);
	smp_call(1, fn, NULL);
	delay_us(200);
	for (i = 0; i < SAMPLES; i++) {
		if (settle_us)
			delay_us(settle_us);
		if (!round_trip(id, &samples[i]))
			break;
	}
	WRITE_ONCE(stop, 1);
	send(id);
	smp_wait(1);
	if (i < SAMPLES) {
		test_fail(name, "no answer to IPI %u", i);
		return;
	}
	sort_u64(samples, SAMPLES);
	print("BENCH %s %lu %lu %lu\n", name, samples[SAMPLES / 2], samples[0],
	      samples[SAMPLES - 1]);
	test_pass(name);
}

static void enter_x2(void *arg)
{
	(void)arg;
	apic_enter_x2();
}

int main(void)
{
	if (smp_start() < 2) {
		test_skip("ipi", "one CPU");
		return 0;
	}
	trap_set_handler(VEC, on_ipi);
	bench("xapic", "spinning", spin, 0);
	bench("xapic", "halted", halt, SETTLE_US);
	if (!cpu_x2apic()) {
		test_skip("ipi.x2apic", "no x2APIC");
		return 0;
	}
	smp_call_all(enter_x2, NULL);
	x2 = true;
	bench("x2apic", "spinning", spin, 0);
	bench("x2apic", "halted", halt, SETTLE_US);
	return 0;
}

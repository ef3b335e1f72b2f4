/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destinations of an IPI reach exactly the CPUs that they name: physical,
 * shorthands, broadcast, logical flat and cluster, lowest priority; in xAPIC
 * and in x2APIC mode; and a storm loses nothing.
 */
#include "lib/guest.h"

#define VEC	0x52

static u32 hits[MAX_CPUS];
static const char *mode;
static const char *name(const char *what)
{
	return test_name("ipi", mode, what);
}

static void on_ipi(struct frame *f)
{
	(void)f;
	__atomic_fetch_add(&hits[this_cpu()->index], 1, __ATOMIC_RELAXED);
	apic_eoi();
}

static u32 hit_mask(void)
{
	u32 i, mask = 0;

	for (i = 0; i < smp_count(); i++)
		if (READ_ONCE(hits[i]))
			mask |= 1u << i;
	return mask;
}

/* Waits for the wanted set, then a little longer for one too many. */
static void expect(const char *what, u32 dest, u64 icr, u32 want)
{
	u32 i, mask;

	for (i = 0; i < MAX_CPUS; i++)
		WRITE_ONCE(hits[i], 0);
	apic_icr(dest, icr | ICR_ASSERT | VEC);
	sti();
	wait_for(2000000, (hit_mask() & want) == want);
	delay_us(500);
	cli();
	mask = hit_mask();
	for (i = 0; i < smp_count(); i++)
		if (hits[i] > 1)
			mask |= 1u << 31;
	test_check(name(what), mask == want, "CPUs 0x%x, wanted 0x%x", mask,
		   want);
}

static void test_physical(u32 n)
{
	u32 all = (1u << n) - 1;

	expect("physical-self", cpu_nr(0)->apic_id, 0, 1);
	expect("physical-other", cpu_nr(1)->apic_id, 0, 2);
	expect("physical-last", cpu_nr(n - 1)->apic_id, 0, 1u << (n - 1));
	expect("shorthand-self", 0, ICR_SELF, 1);
	expect("shorthand-all", 0, ICR_ALL, all);
	expect("shorthand-others", 0, ICR_OTHERS, all & ~1u);
	expect("broadcast", apic_is_x2() ? ~0u : 0xff, 0, all);
	expect("nobody", apic_is_x2() ? 0x1234 : 0x77, 0, 0);
}

static void flat(void *arg)
{
	(void)arg;
	apic_write(APIC_DFR, 0xffffffff);
	apic_write(APIC_LDR, 1u << (24 + this_cpu()->index));
}

/* Two CPUs to a cluster. */
static void cluster(void *arg)
{
	u32 i = this_cpu()->index;

	(void)arg;
	apic_write(APIC_DFR, 0x0fffffff);
	apic_write(APIC_LDR, (i / 2) << 28 | (1u << (i % 2)) << 24);
}

static void test_logical_xapic(u32 n)
{
	smp_call_all(flat, NULL);
	expect("flat-one", 0x02, ICR_LOGICAL, 2);
	expect("flat-two", 0x03, ICR_LOGICAL, 3);
	expect("flat-all", 0xff, ICR_LOGICAL, (1u << n) - 1);
	expect("lowest-one", 0x02, ICR_LOGICAL | ICR_LOWEST, 2);
	smp_call_all(cluster, NULL);
	expect("cluster-one", 0x02, ICR_LOGICAL, 2);
	expect("cluster-two", 0x03, ICR_LOGICAL, 3);
	if (n >= 4)
		expect("cluster-second", 0x12, ICR_LOGICAL, 8);
	else
		test_skip(name("cluster-second"), "fewer than 4 CPUs");
	smp_call_all(flat, NULL);
}

static void test_logical_x2apic(void)
{
	u32 a = cpu_nr(0)->apic_id, b = cpu_nr(1)->apic_id;

	expect("logical-one", (b >> 4) << 16 | 1u << (b & 15), ICR_LOGICAL, 2);
	if (a >> 4 == b >> 4)
		expect("logical-two", (a >> 4) << 16 | 1u << (a & 15) |
		       1u << (b & 15), ICR_LOGICAL, 3);
	else
		test_skip(name("logical-two"), "CPUs 0 and 1 share no cluster");
	expect("logical-nobody", 0x7fff0001, ICR_LOGICAL, 0);
}

/* Each CPU sends to its neighbour and waits: no request may merge or vanish. */
static void storm(void *arg)
{
	u32 *lost = arg, i, self = this_cpu()->index;
	u32 next = (self + 1) % smp_count();

	sti();
	for (i = 0; i < 100; i++) {
		u32 seen = READ_ONCE(hits[next]);

		apic_icr(cpu_nr(next)->apic_id, ICR_ASSERT | VEC);
		if (!wait_for(5000000, READ_ONCE(hits[next]) != seen)) {
			__atomic_fetch_add(lost, 1, __ATOMIC_RELAXED);
			break;
		}
	}
}

static void test_storm(void)
{
	u32 lost = 0;
	bool ended = smp_call_all(storm, &lost);

	cli();
	test_check(name("storm"), ended && !lost, "%u lost", lost);
}

static void enter_x2(void *arg)
{
	(void)arg;
	apic_enter_x2();
}

int main(void)
{
	u32 n = smp_start();

	if (n < 2) {
		test_skip("ipi", "one CPU");
		return 0;
	}
	trap_set_handler(VEC, on_ipi);
	mode = "xapic";
	test_physical(n);
	if (n <= 8)
		test_logical_xapic(n);
	else
		test_skip("ipi.xapic.flat-one", "more than 8 CPUs");
	test_storm();
	if (!cpu_x2apic()) {
		test_skip("ipi.x2apic", "no x2APIC");
		return 0;
	}
	smp_call_all(enter_x2, NULL);
	mode = "x2apic";
	test_physical(n);
	test_logical_x2apic();
	test_storm();
	return 0;
}

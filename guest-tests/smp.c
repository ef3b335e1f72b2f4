/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All CPUs of the MADT start, know who they are, share memory coherently,
 * answer IPIs, and can be reset by INIT and started again.
 */
#include "lib/guest.h"

#define VEC_PING	0x41
#define ADDS		20000

static u64 counter;
static u32 ids[MAX_CPUS], leaf_ids[MAX_CPUS], x2_ids[MAX_CPUS];
static u64 efers[MAX_CPUS];
static u32 pongs[MAX_CPUS];

static void identify(void *arg)
{
	u32 i = this_cpu()->index;

	(void)arg;
	ids[i] = apic_id();
	leaf_ids[i] = cpuid(1, 0).ebx >> 24;
	x2_ids[i] = cpu_max_leaf() >= 0xb ? cpuid(0xb, 0).edx : ids[i];
	efers[i] = rdmsr(MSR_EFER);
}

static void test_identity(u32 n)
{
	u32 listed[MAX_CPUS], i, j, bad = 0, same = 0, bsp = 0;

	acpi_cpus(listed, MAX_CPUS);
	smp_call_all(identify, NULL);
	for (i = 0; i < n; i++) {
		for (j = 0; j < n && listed[j] != ids[i]; j++)
			;
		bad += j == n || leaf_ids[i] != (ids[i] & 0xff) ||
		       x2_ids[i] != ids[i];
		for (j = 0; j < i; j++)
			same += ids[i] == ids[j];
	}
	test_check("smp.apic-ids", !bad && !same, "%u bad, %u twice", bad,
		   same);
	for (i = 1; i < n; i++)
		bsp += (efers[i] & ~(EFER_LME | EFER_LMA)) != 0;
	test_check("smp.efer-after-sipi", !bsp, "%u CPUs", bsp);
}

static void is_bsp(void *arg)
{
	if (rdmsr(MSR_APIC_BASE) & APIC_BASE_BSP)
		__atomic_fetch_add((u32 *)arg, 1, __ATOMIC_RELAXED);
}

static void test_bsp(void)
{
	u32 n = 0;

	smp_call_all(is_bsp, &n);
	test_equal("smp.one-bsp", n, 1);
}

static void add(void *arg)
{
	u32 i;

	(void)arg;
	for (i = 0; i < ADDS; i++)
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
}

static void on_ping(struct frame *f)
{
	(void)f;
	__atomic_fetch_add(&pongs[this_cpu()->index], 1, __ATOMIC_RELAXED);
	apic_eoi();
}

static void test_ping(u32 n)
{
	u32 i, round, lost = 0;

	for (round = 0; round < 200; round++) {
		i = 1 + round % (n - 1);
		u32 seen = READ_ONCE(pongs[i]);

		apic_icr(cpu_nr(i)->apic_id, ICR_ASSERT | VEC_PING);
		lost += !wait_for(5000000, READ_ONCE(pongs[i]) != seen);
		if (lost)
			break;
	}
	test_check("smp.ping", !lost, "lost after %u", round);
}

/* Everyone interrupts CPU 0 at once; with one vector they may merge. */
static void ping_bsp(void *arg)
{
	u32 i;

	if (!this_cpu()->index)
		return;
	for (i = 0; i < 100; i++) {
		apic_icr(*(u32 *)arg, ICR_ASSERT | VEC_PING);
		delay_us(50);
	}
}

static void test_ping_back(void)
{
	u32 id = apic_id();

	pongs[0] = 0;
	sti();
	smp_call_all(ping_bsp, &id);
	delay_us(1000);
	cli();
	test_check("smp.ping-back", pongs[0], "%u interrupts", pongs[0]);
}

static void spin_forever(void *arg)
{
	(void)arg;
	cli();
	for (;;)
		pause();
}

/* INIT must take a CPU that spins with IF=0; SIPI must start it afresh. */
static void test_restart(void)
{
	struct cpu *cpu = cpu_nr(1);
	extern u32 trampoline_ticket;

	smp_call(1, spin_forever, NULL);
	delay_us(2000);
	cpu->call = NULL;
	WRITE_ONCE(cpu->online, 0);
	trampoline_ticket = 1;
	smp_init_sipi(cpu->apic_id, LOW_TRAMPOLINE >> 12);
	test_check("smp.init-restarts", wait_for(5000000,
						 READ_ONCE(cpu->online)),
		   "CPU 1 did not come back");
	counter = 0;
	smp_call(1, add, NULL);
	test_check("smp.works-after-restart", smp_wait(1) && counter == ADDS,
		   "%lu", counter);
}

/* A SIPI without INIT before it does nothing to a running CPU. */
static void test_stray_sipi(void)
{
	apic_icr(cpu_nr(1)->apic_id,
		 ICR_SIPI | ICR_ASSERT | (LOW_TRAMPOLINE >> 12));
	delay_us(500);
	counter = 0;
	smp_call(1, add, NULL);
	test_check("smp.stray-sipi", smp_wait(1) && counter == ADDS, "%lu",
		   counter);
}

int main(void)
{
	u32 listed[MAX_CPUS], want = acpi_cpus(listed, MAX_CPUS);
	u32 n = smp_start();

	print("%u of %u CPUs\n", n, want);
	test_equal("smp.all-start", n, want);
	test_identity(n);
	test_bsp();
	if (n < 2) {
		test_skip("smp.ping", "one CPU");
		return 0;
	}
	smp_call_all(add, NULL);
	test_equal("smp.atomics", counter, (u64)n * ADDS);
	trap_set_handler(VEC_PING, on_ping);
	test_ping(n);
	test_ping_back();
	test_stray_sipi();
	test_restart();
	return 0;
}

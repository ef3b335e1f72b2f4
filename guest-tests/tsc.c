/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TSC never goes back, on one CPU or from one to the next; its three ways
 * of reading agree; TSC and TSC_ADJUST move each other; CR4.TSD guards it.
 */
#include "lib/guest.h"

#define CR4_TSD	BIT(2)

static u64 last_tsc;		/* highest value that any CPU has seen */
static u32 backwards, rounds;
static u32 tsc_lock;

static void test_monotonic(void)
{
	u64 prev = rdtsc(), now;
	u32 i, bad = 0;

	for (i = 0; i < 20000; i++) {
		now = rdtsc();
		bad += now < prev;
		prev = now;
	}
	test_check("tsc.monotonic", !bad, "%u steps back", bad);
}

static void test_agree(void)
{
	u32 lo, hi, aux, i, bad = 0;
	u64 a, b, c;

	if (!(cpuid(0x80000001, 0).edx & BIT(27))) {
		test_skip("tsc.rdtscp-rdmsr-agree", "no RDTSCP");
		return;
	}
	if (test_tcg_gap("tsc.rdtscp-rdmsr-agree", "reads MSR 0x10 as 0"))
		return;
	for (i = 0; i < 100; i++) {
		a = rdtsc();
		asm volatile("rdtscp; lfence"
			     : "=a"(lo), "=d"(hi), "=c"(aux));
		b = lo | (u64)hi << 32;
		c = rdmsr(MSR_TSC);
		bad += a > b || b > c || c > rdtsc();
	}
	test_check("tsc.rdtscp-rdmsr-agree", !bad, "%u of 100 wrong", bad);
}

/* Each CPU in turn, under a lock, must see no less than the last one saw. */
static void compare(void *arg)
{
	u64 now;
	u32 i;

	(void)arg;
	for (i = 0; i < 2000; i++) {
		while (__atomic_exchange_n(&tsc_lock, 1, __ATOMIC_ACQUIRE))
			pause();
		now = rdtsc();
		if (now < last_tsc)
			backwards++;
		else
			last_tsc = now;
		rounds++;
		__atomic_store_n(&tsc_lock, 0, __ATOMIC_RELEASE);
	}
}

static void test_synchronised(void)
{
	u32 n = smp_start();

	if (n < 2) {
		test_skip("tsc.synchronised", "one CPU");
		return;
	}
	smp_call_all(compare, NULL);
	test_check("tsc.synchronised", !backwards && rounds == n * 2000,
		   "%u of %u steps back", backwards, rounds);
}

static void test_adjust(void)
{
	const u64 jump = 1ul << 40;
	u64 before, after, old;

	if (!(cpuid(7, 0).ebx & BIT(1))) {
		test_skip("tsc.adjust-moves-tsc", "no TSC_ADJUST");
		test_skip("tsc.write-moves-adjust", "no TSC_ADJUST");
		return;
	}
	old = rdmsr(MSR_TSC_ADJUST);
	before = rdtsc();
	wrmsr(MSR_TSC_ADJUST, old + jump);
	after = rdtsc();
	wrmsr(MSR_TSC_ADJUST, old);
	test_check("tsc.adjust-moves-tsc", after - before >= jump &&
		   after - before < jump + jump / 4,
		   "moved by 0x%lx", after - before);
	before = rdtsc();
	wrmsr(MSR_TSC, before + jump);
	after = rdmsr(MSR_TSC_ADJUST) - old;
	wrmsr(MSR_TSC_ADJUST, old);
	test_check("tsc.write-moves-adjust", after > jump - jump / 4 &&
		   after <= jump, "moved by 0x%lx", after);
}

static void user_rdtsc(void *arg)
{
	(void)arg;
	rdtsc();
}

static void test_tsd(void)
{
	u64 cr4 = read_cr4();

	test_trap("tsc.user", user_call(user_rdtsc, NULL, 2), VEC_NONE, 0);
	write_cr4(cr4 | CR4_TSD);
	test_trap("tsc.user-tsd", user_call(user_rdtsc, NULL, 2), VEC_GP, 0);
	write_cr4(cr4);
}

int main(void)
{
	test_check("tsc.frequency-known", tsc_hz_known,
		   "neither CPUID nor PIT tells it");
	test_monotonic();
	test_agree();
	test_tsd();
	test_synchronised();
	test_adjust();
	return 0;
}

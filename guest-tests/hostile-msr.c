/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: every MSR index 0-1fff, c0000000-c0001fff, the hypervisor ranges
 * and a sample of the rest: read, write back, write ones, zeros and noise,
 * restore. Each access either works or raises #GP(0).
 */
#include "lib/guest.h"

static u32 readable, writable, odd;
static u32 odd_index;

static u64 random(void)
{
	static u64 seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Writing noise here would only end this program, not test the host. */
static bool self_destructive(u32 msr)
{
	switch (msr) {
	case MSR_TSC:
	case MSR_TSC_ADJUST:
	case MSR_APIC_BASE:
	case 0x1d9:		/* DEBUGCTL: single step on branches */
	case MSR_EFER:
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case 0x6a0:		/* shadow stack and branch tracking */
	case 0x6a2:
	case MSR_X2APIC + APIC_ICR / 16:
		return true;
	}
	return !cpu_noexit() && msr < 0x20;
}

static bool note(u32 msr, u32 vector)
{
	if (vector && vector != VEC_GP) {
		odd++;
		odd_index = msr;
	}
	return !vector;
}

static void attack(u32 msr)
{
	u64 old = 0, val;
	bool had = note(msr, rdmsr_safe(msr, &old)), took = false;

	readable += had;
	if (self_destructive(msr)) {
		if (had)
			note(msr, wrmsr_safe(msr, old));
		return;
	}
	if (had)
		took = note(msr, wrmsr_safe(msr, old));
	took |= note(msr, wrmsr_safe(msr, ~0ul));
	took |= note(msr, wrmsr_safe(msr, 0));
	took |= note(msr, wrmsr_safe(msr, random()));
	note(msr, rdmsr_safe(msr, &val));
	if (had)
		note(msr, wrmsr_safe(msr, old));
	writable += took;
}

static void range(const char *name, u32 first, u32 count)
{
	u32 i;

	readable = writable = odd = 0;
	for (i = 0; i < count; i++)
		attack(first + i);
	print("%s: %u readable, %u writable\n", name, readable, writable);
	test_check(name, !odd, "%u odd outcomes, last 0x%x", odd, odd_index);
}

static void sample(void)
{
	u32 i;

	readable = writable = odd = 0;
	for (i = 0; i < 4096; i++)
		attack((u32)random());
	test_check("hostile.msr.sample", !odd, "%u odd outcomes, last 0x%x",
		   odd, odd_index);
}

int main(void)
{
	range("hostile.msr.low", 0, 0x2000);
	range("hostile.msr.high", 0xc0000000, 0x2000);
	range("hostile.msr.hypervisor", 0x40000000, 0x400);
	range("hostile.msr.kvm", 0x4b564d00, 0x10);
	sample();
	test_equal("hostile.msr.alive", rdmsr(MSR_EFER) & EFER_LMA, EFER_LMA);
	test_trap("hostile.msr.traps-work", TRAP_OF(asm volatile("ud2")),
		  VEC_UD, 0);
	return 0;
}

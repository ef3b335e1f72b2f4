/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: control and debug register values that the architecture refuses
 * must raise #GP and change nothing; cache-disable bits must do no harm; bits
 * of features that CPUID hides stay closed.
 */
#include "lib/guest.h"

#define TCG_GAP	"does not check control registers"

static void cr0_refused(const char *name, u64 val)
{
	u64 old = read_cr0();
	struct trap t;

	if (test_tcg_gap(name, TCG_GAP))
		return;
	t = TRAP_OF(write_cr0(val));
	if (read_cr0() != old)
		test_fail(name, "CR0 is now 0x%lx", read_cr0());
	else
		test_trap(name, t, VEC_GP, 0);
	write_cr0(old);
}

static void cr4_refused(const char *name, u64 val)
{
	u64 old = read_cr4();
	struct trap t;

	if (test_tcg_gap(name, TCG_GAP))
		return;
	t = TRAP_OF(write_cr4(val));
	if (read_cr4() != old)
		test_fail(name, "CR4 is now 0x%lx", read_cr4());
	else
		test_trap(name, t, VEC_GP, 0);
	if (read_cr4() != old)
		write_cr4(old);
}

static void efer_refused(const char *name, u64 val)
{
	u64 old = rdmsr(MSR_EFER);
	struct trap t;

	if (test_tcg_gap(name, TCG_GAP))
		return;
	t = TRAP_OF(wrmsr(MSR_EFER, val));
	if (rdmsr(MSR_EFER) != old)
		test_fail(name, "EFER is now 0x%lx", rdmsr(MSR_EFER));
	else
		test_trap(name, t, VEC_GP, 0);
}

static void test_cr0(void)
{
	u64 cr0 = read_cr0();

	cr0_refused("hostile.cr0-pg-without-pe", cr0 & ~CR0_PE);
	cr0_refused("hostile.cr0-paging-off-in-64-bit", cr0 & ~CR0_PG);
	cr0_refused("hostile.cr0-nw-without-cd", cr0 | CR0_NW);
	cr0_refused("hostile.cr0-high-bits", cr0 | BIT(32));
	cr0_refused("hostile.cr0-all-ones", ~0ul);
}

/* The machine must stay cached: time a loop over 32 KiB before and after. */
static u64 time_walk(void)
{
	volatile u64 *p = (u64 *)page_free_base();
	u64 start = rdtsc();
	u32 i, round;

	for (round = 0; round < 20; round++)
		for (i = 0; i < 4096; i += 8)
			p[i]++;
	return rdtsc() - start;
}

static void test_cache_disable(void)
{
	u64 cr0 = read_cr0(), before, after;

	time_walk();
	before = time_walk();
	write_cr0(cr0 | CR0_CD);
	test_equal("hostile.cr0-cd-reads-back", read_cr0() & (CR0_CD | CR0_NW),
		   CR0_CD);
	asm volatile("wbinvd" ::: "memory");
	write_cr0(cr0 | CR0_CD | CR0_NW);
	test_equal("hostile.cr0-cd-nw-reads-back",
		   read_cr0() & (CR0_CD | CR0_NW), CR0_CD | CR0_NW);
	time_walk();
	write_cr0(cr0);
	after = time_walk();
	test_check("hostile.cr0-cd-no-harm", after < before * 20 + 1000000,
		   "%lu ticks became %lu", before, after);
}

/* CR4 bits by number, with the CPUID bit that opens each: leaf, reg, bit. */
static bool cr4_offered(u32 bit)
{
	struct cpuid one = cpuid(1, 0), seven = cpuid(7, 0);

	switch (bit) {
	case 11:
		return seven.ecx & BIT(2);
	case 13:
		return one.ecx & BIT(5);
	case 14:
		return one.ecx & BIT(6);
	case 16:
		return seven.ebx & BIT(0);
	case 17:
		return one.ecx & BIT(17);
	case 18:
		return one.ecx & BIT(26);
	case 20:
		return seven.ebx & BIT(7);
	case 21:
		return seven.ebx & BIT(20);
	case 22:
		return seven.ecx & BIT(3);
	case 23:
		return (seven.ecx & BIT(7)) || (seven.edx & BIT(20));
	case 24:
		return seven.ecx & BIT(31);
	case 25:
		return seven.edx & BIT(5);
	}
	return bit < 11;
}

static void test_cr4_bits(void)
{
	u64 cr4 = read_cr4();
	u32 bit, bad = 0, last = 0;

	if (test_tcg_gap("hostile.cr4-hidden-bits", TCG_GAP))
		return;
	for (bit = 11; bit < 64; bit++) {
		if (cr4_offered(bit) || bit == 12 || bit == 28)
			continue;
		if (TRAP_OF(write_cr4(cr4 | BIT(bit))).vector != VEC_GP ||
		    read_cr4() != cr4) {
			bad++;
			last = bit;
		}
	}
	test_check("hostile.cr4-hidden-bits", !bad, "%u, last bit %u", bad,
		   last);
}

static void test_cr4(void)
{
	u64 cr4 = read_cr4();

	cr4_refused("hostile.cr4-pae-off-in-long-mode", cr4 & ~CR4_PAE);
	if (cpuid(1, 0).ecx & BIT(5))
		test_skip("hostile.cr4-vmxe", "CPUID offers VMX");
	else
		cr4_refused("hostile.cr4-vmxe", cr4 | CR4_VMXE);
	cr4_refused("hostile.cr4-smxe", cr4 | CR4_SMXE);
	cr4_refused("hostile.cr4-la57-in-long-mode", cr4 ^ CR4_LA57);
	cr4_refused("hostile.cr4-all-ones", ~0ul);
	test_cr4_bits();
}

static void test_cr3(void)
{
	u64 cr3 = read_cr3(), too_high = phys_limit();

	if (test_tcg_gap("hostile.cr3-reserved", TCG_GAP))
		return;
	if (too_high < BIT(52))
		test_trap("hostile.cr3-reserved", TRAP_OF(
			  write_cr3(cr3 | too_high)), VEC_GP, 0);
	else
		test_skip("hostile.cr3-reserved", "52 address bits");
	test_trap("hostile.cr3-bit-62", TRAP_OF(write_cr3(cr3 | BIT(60))),
		  VEC_GP, 0);
	test_equal("hostile.cr3-unchanged", read_cr3(), cr3);
}

static void test_efer(void)
{
	u64 efer = rdmsr(MSR_EFER);
	u32 bit;

	efer_refused("hostile.efer-lme-off", efer & ~EFER_LME);
	efer_refused("hostile.efer-all-ones", ~0ul);
	for (bit = 12; bit < 64; bit++)
		if (TRAP_OF(wrmsr(MSR_EFER, efer | BIT(bit))).vector != VEC_GP)
			break;
	wrmsr(MSR_EFER, efer);
	if (!test_tcg_gap("hostile.efer-svme-and-up", TCG_GAP))
		test_equal("hostile.efer-svme-and-up", bit, 64);
	wrmsr(MSR_EFER, efer & ~EFER_LMA);
	test_equal("hostile.efer-lma-ignored", rdmsr(MSR_EFER), efer);
}

static void test_debug(void)
{
	u64 cr4 = read_cr4();

	if (test_tcg_gap("hostile.dr7-high-bits", TCG_GAP))
		return;
	test_trap("hostile.dr7-high-bits", TRAP_OF(
		  asm volatile("mov %0, %%dr7" :: "r"(BIT(32) | 0x400))),
		  VEC_GP, 0);
	test_trap("hostile.dr6-high-bits", TRAP_OF(
		  asm volatile("mov %0, %%dr6" :: "r"(BIT(32)))), VEC_GP, 0);
	write_cr4(cr4 | BIT(3));
	test_trap("hostile.dr4-with-de", TRAP_OF(
		  asm volatile(".byte 0x0f, 0x21, 0xe0" ::: "rax")), VEC_UD,
		  0);
	write_cr4(cr4);
	asm volatile("mov %0, %%dr7" :: "r"(0x400ul));
}

static void test_lmsw(void)
{
	u64 cr0 = read_cr0();

	write_cr0(cr0 & ~CR0_TS);
	asm volatile("lmsw %w0" :: "r"((u32)cr0 | 8) : "memory");
	test_check("hostile.lmsw-sets-ts", read_cr0() & CR0_TS, "clear");
	asm volatile("lmsw %w0" :: "r"(0) : "memory");
	test_check("hostile.lmsw-keeps-pe", (read_cr0() & CR0_PE) &&
		   !(read_cr0() & CR0_TS), "CR0 0x%lx", read_cr0());
	write_cr0(cr0 | CR0_TS);
	asm volatile("clts");
	test_check("hostile.clts", !(read_cr0() & CR0_TS), "set");
	write_cr0(cr0);
}

int main(void)
{
	test_cr0();
	test_cache_disable();
	test_cr4();
	test_cr3();
	test_efer();
	test_debug();
	test_lmsw();
	return 0;
}

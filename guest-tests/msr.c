/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs that a guest may use keep what is written; reserved values and unknown
 * indexes raise #GP(0) and change nothing.
 */
#include "lib/guest.h"

struct keep {
	const char *name;
	u32 index;
	u64 value;
};

/* Value is written, read back, and the old one restored. */
static const struct keep keeps[] = {
	{ "msr.sysenter-cs", MSR_SYSENTER_CS, 0x1234 },
	{ "msr.sysenter-esp", MSR_SYSENTER_ESP, 0xffff800012345678 },
	{ "msr.sysenter-eip", MSR_SYSENTER_EIP, 0xffff8000deadbeef },
	{ "msr.pat", MSR_PAT, 0x0001040506070000 },
	{ "msr.star", MSR_STAR, 0x0023001000000000 },
	{ "msr.lstar", MSR_LSTAR, 0xffff812345678900 },
	{ "msr.cstar", MSR_CSTAR, 0xffff812345678904 },
	{ "msr.fmask", MSR_FMASK, 0x47700 },
	{ "msr.fs-base", MSR_FS_BASE, 0x00007f1234567890 },
	{ "msr.gs-base", MSR_GS_BASE, 0xffff888812345670 },
	{ "msr.kernel-gs-base", MSR_KERNEL_GS_BASE, 0xffff888800001000 },
};

struct refuse {
	const char *name;
	u32 index;
	u64 value;
};

static const struct refuse refused[] = {
	{ "msr.lstar-non-canonical", MSR_LSTAR, 0x8000000000000000 },
	{ "msr.gs-base-non-canonical", MSR_GS_BASE, BIT(62) },
	{ "msr.sysenter-non-canonical", MSR_SYSENTER_EIP, BIT(62) },
	{ "msr.pat-reserved-type", MSR_PAT, 0x02 },
	{ "msr.efer-reserved", MSR_EFER, BIT(8) | BIT(10) | BIT(5) },
	{ "msr.efer-lme-while-paging", MSR_EFER, 0 },
	{ "msr.apic-base-reserved", MSR_APIC_BASE,
	  LAPIC_BASE | APIC_BASE_EN | APIC_BASE_BSP | BIT(0) },
	{ "msr.apic-base-too-high", MSR_APIC_BASE,
	  BIT(60) | LAPIC_BASE | APIC_BASE_EN | APIC_BASE_BSP },
};

static void test_keep(const struct keep *k)
{
	u64 old, now = 0;
	u32 v;

	v = rdmsr_safe(k->index, &old);
	if (!v)
		v = wrmsr_safe(k->index, k->value);
	if (!v)
		v = rdmsr_safe(k->index, &now);
	if (v) {
		test_fail(k->name, "vector %u", v);
		return;
	}
	wrmsr(k->index, old);
	test_equal(k->name, now, k->value);
}

static void test_refused(const struct refuse *r)
{
	u64 before = 0, after = 0;
	struct trap t;

	if (test_tcg_gap(r->name, "does not check MSR values"))
		return;
	rdmsr_safe(r->index, &before);
	t = TRAP_OF(wrmsr(r->index, r->value));
	rdmsr_safe(r->index, &after);
	if (before != after)
		test_fail(r->name, "0x%lx became 0x%lx", before, after);
	else
		test_trap(r->name, t, VEC_GP, 0);
}

/* Ranges in which no index is architectural or promised to a guest. */
static const u32 unknown[][2] = {
	{ 0x00000300, 0x00000308 },
	{ 0x00000b00, 0x00000c7f },
	{ 0x00001000, 0x00001fff },
	{ 0x00002000, 0x00002040 },
	{ 0x40000200, 0x40000240 },
	{ 0x4b564d00, 0x4b564d08 },
	{ 0xc0000200, 0xc0000280 },
	{ 0xc0001000, 0xc0001fff },
	{ 0xc0002000, 0xc0002040 },
	{ 0xfffffff0, 0xffffffff },
};

static void test_unknown(void)
{
	u32 i, n, msr, reads = 0, writes = 0, tried = 0;
	u64 val;

	if (test_bare_gap("msr.unknown-read", "may accept any MSR") &&
	    test_bare_gap("msr.unknown-write", "may accept any MSR"))
		return;
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		n = unknown[i][1] - unknown[i][0] + 1;
		for (msr = unknown[i][0]; n--; msr++) {
			tried++;
			reads += rdmsr_safe(msr, &val) != VEC_GP;
			writes += wrmsr_safe(msr, 0) != VEC_GP;
		}
	}
	test_check("msr.unknown-read", !reads, "%u of %u read", reads, tried);
	test_check("msr.unknown-write", !writes, "%u of %u written", writes,
		   tried);
}

static void test_readable(void)
{
	static const u32 must[] = {
		MSR_TSC, MSR_APIC_BASE, MSR_MTRRCAP, MSR_PAT, 0x2ff, 0x17,
		0x8b, 0x179, 0x17a, MSR_MISC_ENABLE, MSR_EFER,
	};
	u32 i, bad = 0, last = 0;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(must); i++) {
		if (rdmsr_safe(must[i], &val)) {
			bad++;
			last = must[i];
		}
	}
	test_check("msr.readable", !bad, "%u refused, last 0x%x", bad, last);
}

/* Linux trusts FSRM/ERMS only with this bit. */
static void test_fast_strings(void)
{
	if (!(cpuid(7, 0).ebx & BIT(9))) {
		test_skip("msr.fast-strings", "no ERMS");
		return;
	}
	test_check("msr.fast-strings", rdmsr(MSR_MISC_ENABLE) & 1,
		   "MISC_ENABLE 0x%lx", rdmsr(MSR_MISC_ENABLE));
}

static void test_vmx_hidden(void)
{
	u64 val;
	u32 v;

	if (cpuid(1, 0).ecx & BIT(5)) {
		test_skip("msr.vmx-hidden", "CPUID offers VMX");
		return;
	}
	if (test_tcg_gap("msr.vmx-hidden", "accepts unknown MSRs"))
		return;
	for (v = 0x480; v <= 0x493; v++)
		if (rdmsr_safe(v, &val) != VEC_GP)
			break;
	test_check("msr.vmx-hidden", v == 0x494, "0x%x can be read", v);
}

static void user_rdmsr(void *arg)
{
	(void)arg;
	rdmsr(MSR_TSC);
}

static void test_tsc_aux(void)
{
	u32 lo, hi, aux;

	if (!(cpuid(0x80000001, 0).edx & BIT(27))) {
		test_skip("msr.tsc-aux", "no RDTSCP");
		return;
	}
	wrmsr(MSR_TSC_AUX, 0xabcd1234);
	asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
	test_equal("msr.tsc-aux", aux, 0xabcd1234);
}

int main(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(keeps); i++)
		test_keep(&keeps[i]);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		test_refused(&refused[i]);
	test_readable();
	test_fast_strings();
	test_tsc_aux();
	test_unknown();
	test_vmx_hidden();
	test_trap("msr.user-mode", user_call(user_rdmsr, NULL, 2), VEC_GP, 0);
	return 0;
}

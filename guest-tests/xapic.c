/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local APIC in xAPIC mode: values after reset, which bits keep what is
 * written, read-only registers, software disable, errors, and the mode
 * changes that IA32_APIC_BASE allows and refuses.
 */
#include "lib/guest.h"

struct field {
	const char *name;
	u32 reg;
	u32 write;
	u32 read;
};

/* Values are chosen to start nothing. */
static const struct field fields[] = {
	{ "xapic.tpr", APIC_TPR, 0x000000a5, 0xa5 },
	{ "xapic.ldr", APIC_LDR, 0x5affffff, 0x5a000000 },
	{ "xapic.dfr-cluster", APIC_DFR, 0x0fffffff, 0x0fffffff },
	{ "xapic.dfr-flat", APIC_DFR, 0xffffffff, 0xffffffff },
	{ "xapic.svr", APIC_SVR, 0x1ef, 0x1ef },
	{ "xapic.lvt-timer", APIC_LVT_TIMER, 0x30045, 0x30045 },
	{ "xapic.lvt-lint0", APIC_LVT_LINT0, 0x1a746, 0x1a746 },
	{ "xapic.lvt-lint1", APIC_LVT_LINT1, 0x10447, 0x10447 },
	{ "xapic.lvt-error", APIC_LVT_ERROR, 0x10048, 0x10048 },
	{ "xapic.lvt-perf", APIC_LVT_PERF, 0x10449, 0x10449 },
	{ "xapic.icr2", APIC_ICR2, 0x12000000, 0x12000000 },
	{ "xapic.tmict", APIC_TMICT, 0x89abcdef, 0x89abcdef },
	{ "xapic.dcr", APIC_DCR, 0xb, 0xb },
};

static void test_fields(void)
{
	const struct field *f;
	u32 got;

	for (f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		apic_write(f->reg, f->write);
		got = apic_read(f->reg);
		test_equal(f->name, got, f->read);
	}
	apic_write(APIC_DFR, 0xffffffff);
	apic_init();
}

/* Reset values appear when the APIC is switched off and on. */
static void test_reset(void)
{
	static const struct field reset[] = {
		{ "xapic.reset-tpr", APIC_TPR, 0x55, 0 },
		{ "xapic.reset-ldr", APIC_LDR, 0xff000000, 0 },
		{ "xapic.reset-dfr", APIC_DFR, 0x0fffffff, 0xffffffff },
		{ "xapic.reset-lvt-timer", APIC_LVT_TIMER, 0x10044, 0x10000 },
		{ "xapic.reset-lvt-lint0", APIC_LVT_LINT0, 0x10700, 0x10000 },
		{ "xapic.reset-tmict", APIC_TMICT, 0x1000, 0 },
		{ "xapic.reset-dcr", APIC_DCR, 0xb, 0 },
		{ "xapic.reset-svr", APIC_SVR, 0x1ff, 0xff },
	};
	u64 base = rdmsr(MSR_APIC_BASE);
	u32 i;

	if (!cpu_noexit()) {
		test_skip("xapic.reset", "no Noexit: APIC may stay off");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(reset); i++)
		apic_write(reset[i].reg, reset[i].write);
	wrmsr(MSR_APIC_BASE, base & ~APIC_BASE_EN);
	test_equal("xapic.off-reads-as-hole", mmio_read32(LAPIC_BASE +
							  APIC_VERSION), ~0u);
	wrmsr(MSR_APIC_BASE, base);
	for (i = 0; i < ARRAY_SIZE(reset); i++)
		test_equal(reset[i].name, apic_read(reset[i].reg),
			   reset[i].read);
	apic_init();
}

static void test_read_only(void)
{
	static const u32 regs[] = { APIC_VERSION, APIC_PPR, APIC_ISR,
				    APIC_TMR, APIC_IRR };
	u32 i, before, bad = 0;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		before = apic_read(regs[i]);
		apic_write(regs[i], ~before);
		bad += apic_read(regs[i]) != before;
	}
	test_check("xapic.read-only", !bad, "%u registers changed", bad);
}

static void test_identity(void)
{
	u32 version = apic_read(APIC_VERSION);

	test_check("xapic.version", (version & 0xf0) == 0x10 &&
		   (version >> 16 & 0xff) >= 4, "0x%x", version);
	test_equal("xapic.id", apic_read(APIC_ID) >> 24,
		   cpuid(1, 0).ebx >> 24);
}

static void test_software_disable(void)
{
	if (test_tcg_gap("xapic.software-disable-masks", "leaves LVT alone"))
		return;
	apic_write(APIC_LVT_ERROR, 0x48);
	apic_write(APIC_SVR, 0xff);
	test_equal("xapic.software-disable-masks", apic_read(APIC_LVT_ERROR),
		   0x10048);
	apic_init();
}

/* The illegal vector is an error that ESR shows after a write to it. */
static void test_errors(void)
{
	if (test_tcg_gap("xapic.esr-illegal-vector", "reports no errors"))
		return;
	apic_write(APIC_ESR, 0);
	apic_icr(0, ICR_SELF | ICR_ASSERT | 5);
	delay_us(100);
	apic_write(APIC_ESR, 0);
	test_check("xapic.esr-illegal-vector", apic_read(APIC_ESR) &
		   (BIT(5) | BIT(6)), "ESR 0x%x", apic_read(APIC_ESR));
	apic_write(APIC_ESR, 0);
	apic_write(APIC_ESR, 0);
	test_equal("xapic.esr-clears", apic_read(APIC_ESR), 0);
}

static void test_gaps_between_registers(void)
{
	mmio_write32(LAPIC_BASE + 0x000, 0);
	mmio_write32(LAPIC_BASE + 0x3d0, 0);
	mmio_write32(LAPIC_BASE + 0xff0, 0);
	(void)mmio_read32(LAPIC_BASE + 0x000);
	(void)mmio_read32(LAPIC_BASE + 0x3d0);
	(void)mmio_read32(LAPIC_BASE + 0xff0);
	test_pass("xapic.reserved-registers");
}

static void refused(const char *name, u64 base)
{
	u64 before = rdmsr(MSR_APIC_BASE);

	if (test_tcg_gap(name, "does not check APIC_BASE"))
		return;
	test_trap(name, TRAP_OF(wrmsr(MSR_APIC_BASE, base)), VEC_GP, 0);
	if (rdmsr(MSR_APIC_BASE) != before)
		wrmsr(MSR_APIC_BASE, before);
}

static void test_transitions(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	refused("xapic.extd-without-en",
		(base & ~APIC_BASE_EN) | APIC_BASE_EXTD);
	refused("xapic.base-reserved", base | BIT(9));
	if (!cpu_x2apic())
		refused("xapic.no-x2apic", base | APIC_BASE_EXTD);
	if (!test_tcg_gap("xapic.msr-in-xapic-mode", "accepts unknown MSRs"))
		test_trap("xapic.msr-in-xapic-mode", TRAP_OF(rdmsr(0x802)),
			  VEC_GP, 0);
	if (!cpu_noexit()) {
		test_skip("xapic.off-to-x2apic", "no Noexit: may stay off");
		return;
	}
	wrmsr(MSR_APIC_BASE, base & ~APIC_BASE_EN);
	test_trap("xapic.off-to-x2apic", TRAP_OF(
		  wrmsr(MSR_APIC_BASE, base | APIC_BASE_EXTD)), VEC_GP, 0);
	wrmsr(MSR_APIC_BASE, base);
	apic_init();
}

int main(void)
{
	test_identity();
	test_fields();
	test_read_only();
	test_software_disable();
	test_errors();
	test_gaps_between_registers();
	test_transitions();
	test_reset();
	return 0;
}

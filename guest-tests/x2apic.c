/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local APIC in x2APIC mode: identity, LDR derived from it, registers that
 * keep values, #GP for reserved bits, missing, read-only and write-only
 * registers, no MMIO view, and the way back to xAPIC mode.
 */
#include "lib/guest.h"

#define TCG_GAP		"does not check x2APIC registers"
#define REG(offset)	(MSR_X2APIC + (offset) / 16)

static void keeps(const char *name, u32 reg, u64 val)
{
	struct trap t = TRAP_OF(wrmsr(REG(reg), val));

	if (t.vector != VEC_NONE)
		test_trap(name, t, VEC_NONE, 0);
	else
		test_equal(name, rdmsr(REG(reg)), val);
}

static void test_identity(void)
{
	u32 id = (u32)rdmsr(REG(APIC_ID));

	test_equal("x2apic.id-leaf-b", id, cpuid(0xb, 0).edx);
	test_equal("x2apic.ldr", rdmsr(REG(APIC_LDR)),
		   (id >> 4) << 16 | 1u << (id & 15));
	test_check("x2apic.version", (rdmsr(REG(APIC_VERSION)) & 0xf0) == 0x10,
		   "0x%lx", rdmsr(REG(APIC_VERSION)));
}

static void test_keeps(void)
{
	keeps("x2apic.tpr", APIC_TPR, 0xa5);
	keeps("x2apic.svr", APIC_SVR, 0x1ef);
	keeps("x2apic.lvt-timer", APIC_LVT_TIMER, 0x30045);
	keeps("x2apic.lvt-error", APIC_LVT_ERROR, 0x10048);
	keeps("x2apic.tmict", APIC_TMICT, 0x89abcdef);
	keeps("x2apic.dcr", APIC_DCR, 0xb);
	keeps("x2apic.esr-zero", APIC_ESR, 0);
	apic_init();
}

/* Registers that x2APIC mode does not have, or only for writing. */
static void test_unreadable(void)
{
	static const u16 none[] = {
		0x800, 0x801, 0x804, 0x807, 0x809, 0x80b, 0x80c, 0x80e,
		0x829, 0x82e, 0x831, 0x83a, 0x83d, 0x83f, 0x840, 0x8ff,
	};
	u32 i, bad = 0, last = 0;
	u64 val;

	if (test_tcg_gap("x2apic.unreadable", TCG_GAP))
		return;
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		if (rdmsr_safe(none[i], &val) != VEC_GP) {
			bad++;
			last = none[i];
		}
	}
	test_check("x2apic.unreadable", !bad, "%u readable, last 0x%x", bad,
		   last);
}

static void test_read_only(void)
{
	static const u16 ro[] = { 0x802, 0x803, 0x80a, 0x80d, 0x810, 0x818,
				  0x820, 0x827, 0x839 };
	u32 i, bad = 0, last = 0;

	if (test_tcg_gap("x2apic.read-only", TCG_GAP))
		return;
	for (i = 0; i < ARRAY_SIZE(ro); i++) {
		if (wrmsr_safe(ro[i], 0) != VEC_GP) {
			bad++;
			last = ro[i];
		}
	}
	test_check("x2apic.read-only", !bad, "%u writable, last 0x%x", bad,
		   last);
}

struct reserved {
	const char *name;
	u32 msr;
	u64 value;
	bool lax;	/* emulators do not check it */
};

static void test_reserved(void)
{
	static const struct reserved r[] = {
		{ "x2apic.tpr-reserved", REG(APIC_TPR), 0x100, false },
		{ "x2apic.tpr-high", REG(APIC_TPR), BIT(32), false },
		{ "x2apic.eoi-nonzero", REG(APIC_EOI), 1, false },
		{ "x2apic.esr-nonzero", REG(APIC_ESR), 1, false },
		{ "x2apic.svr-reserved", REG(APIC_SVR), 0x800001ff, false },
		{ "x2apic.lvt-reserved", REG(APIC_LVT_ERROR),
		  BIT(31) | LVT_MASKED, true },
		{ "x2apic.dcr-reserved", REG(APIC_DCR), 0x10, true },
		{ "x2apic.icr-reserved", REG(APIC_ICR), 0x00100041, true },
		{ "x2apic.self-ipi-reserved", REG(APIC_SELF_IPI), 0x141, true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(r); i++)
		if (!test_tcg_gap(r[i].name, TCG_GAP) &&
		    !(r[i].lax && test_bare_gap(r[i].name, "not checked")))
			test_trap(r[i].name, TRAP_OF(
				  wrmsr(r[i].msr, r[i].value)), VEC_GP, 0);
}

static void test_transitions(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	test_trap("x2apic.back-to-xapic", TRAP_OF(
		  wrmsr(MSR_APIC_BASE, base & ~APIC_BASE_EXTD)), VEC_GP, 0);
	test_trap("x2apic.extd-alone", TRAP_OF(
		  wrmsr(MSR_APIC_BASE, base & ~APIC_BASE_EN)), VEC_GP, 0);
	test_equal("x2apic.mode-unchanged", rdmsr(MSR_APIC_BASE), base);
	if (!cpu_noexit()) {
		test_skip("x2apic.no-mmio", "no Noexit");
		test_skip("x2apic.off-and-xapic", "no Noexit");
		return;
	}
	mmio_write32(LAPIC_BASE + APIC_TPR, 0x77);
	test_equal("x2apic.no-mmio", rdmsr(REG(APIC_TPR)), 0);
	apic_leave_x2();
	test_check("x2apic.off-and-xapic", !apic_is_x2() &&
		   (mmio_read32(LAPIC_BASE + APIC_VERSION) & 0xf0) == 0x10,
		   "APIC_BASE 0x%lx", rdmsr(MSR_APIC_BASE));
	test_check("x2apic.enter-again", apic_enter_x2() && apic_is_x2(),
		   "APIC_BASE 0x%lx", rdmsr(MSR_APIC_BASE));
}

static void user_read(void *arg)
{
	(void)arg;
	rdmsr(REG(APIC_ID));
}

int main(void)
{
	if (!apic_enter_x2()) {
		test_skip("x2apic", "no x2APIC");
		return 0;
	}
	test_identity();
	test_keeps();
	test_unreadable();
	test_read_only();
	test_reserved();
	test_trap("x2apic.user-mode", user_call(user_read, NULL, 2), VEC_GP,
		  0);
	test_transitions();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPUID policy: guest = (machine & allow) | force, row by row, and the
 * leaves that are computed. What is not in the table reads as zero. Hidden on
 * purpose: VMX, SMX, MONITOR, PMU and PDCM, TSX, SGX, PT, RDT, LA57, CET, PKS,
 * UINTR, WAITPKG, Key Locker, ENQCMD, bus-lock detection, power management.
 */
#include "vmx/cpuid.h"

#include "core/panic.h"
#include "core/string.h"
#include "vmx/vcpu.h"

#include <hw/vmx.h>

#define B(n) ((u32)BIT(n))

enum reg { REG_EAX, REG_EBX, REG_ECX, REG_EDX };

/* CPUID.1:ECX: SSE3 PCLMULQDQ SSSE3 FMA CX16 PCID SSE4.1 SSE4.2 MOVBE POPCNT
 * AES XSAVE AVX F16C RDRAND */
#define ALLOW_1_ECX	(B(0) | B(1) | B(9) | B(12) | B(13) | B(17) | B(19) | \
			 B(20) | B(22) | B(23) | B(25) | B(26) | B(28) |      \
			 B(29) | B(30))
/* TSC-deadline (the timer is emulated), hypervisor present */
#define FORCE_1_ECX	(B(24) | B(31))
/* CPUID.1:EDX: FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV
 * PAT PSE36 CLFSH MMX FXSR SSE SSE2 SS */
#define ALLOW_1_EDX	(BITS(9, 0) | BITS(17, 11) | B(19) | BITS(27, 23))
#define FORCE_1_EDX	(B(9) | B(12))
/* CPUID.7.0:EBX: FSGSBASE BMI1 AVX2 FDP SMEP BMI2 ERMS INVPCID FCS/FDS
 * AVX512F AVX512DQ RDSEED ADX SMAP AVX512IFMA CLFLUSHOPT CLWB AVX512CD SHA
 * AVX512BW AVX512VL */
#define ALLOW_7_EBX	(B(0) | B(3) | BITS(10, 5) | B(13) | BITS(21, 16) |  \
			 B(23) | B(24) | BITS(31, 28))
/* CPUID.7.0:ECX: VBMI UMIP PKU VBMI2 GFNI VAES VPCLMULQDQ VNNI BITALG
 * VPOPCNTDQ RDPID CLDEMOTE MOVDIRI MOVDIR64B */
#define ALLOW_7_ECX	(BITS(3, 1) | B(6) | BITS(12, 8) | B(14) | B(22) |    \
			 B(25) | B(27) | B(28))
/* CPUID.7.0:EDX: FSRM VP2INTERSECT MD_CLEAR SERIALIZE FP16 IBRS/IBPB STIBP
 * ARCH_CAPABILITIES SSBD */
#define ALLOW_7_EDX	(B(4) | B(8) | B(10) | B(14) | B(23) | B(26) | B(27) | \
			 B(29) | B(31))
/* AMX: CPUID.7.0:EDX BF16 TILE INT8, CPUID.7.1:EAX FP16 */
#define AMX_7_EDX	(B(22) | B(24) | B(25))
#define AMX_71_EAX	B(21)
/* CPUID.7.1:EAX: AVX-VNNI AVX512-BF16 FZLRM FSRS FSRCS */
#define ALLOW_71_EAX	(B(4) | B(5) | BITS(12, 10))
/* CPUID.7.2:EDX: PSFD IPRED_CTRL RRSBA_CTRL BHI_CTRL */
#define ALLOW_72_EDX	(CPUID_7_2_EDX_PSFD | CPUID_7_2_EDX_IPRED |           \
			 CPUID_7_2_EDX_RRSBA | CPUID_7_2_EDX_BHI)
/* CPUID.80000001: LAHF LZCNT PREFETCHW; SYSCALL NX 1G RDTSCP LM */
#define ALLOW_E1_ECX	(B(0) | B(5) | B(8))
#define ALLOW_E1_EDX	(B(11) | B(20) | B(26) | B(27) | B(29))
#define ALL		0xffffffffu

static const struct policy {
	u32 leaf;
	u8 subleaf;
	u8 reg;
	u32 allow, force;
} policies[] = {
	{ 0x0, 0, REG_EAX, 0, CPUID_BASIC_LEAVES - 1 },
	{ 0x0, 0, REG_EBX, ALL, 0 },		/* the vendor */
	{ 0x0, 0, REG_ECX, ALL, 0 },
	{ 0x0, 0, REG_EDX, ALL, 0 },
	{ 0x1, 0, REG_EAX, ALL, 0 },		/* family, model, stepping */
	{ 0x1, 0, REG_EBX, 0xffff, 0 },		/* brand index, CLFLUSH */
	{ 0x1, 0, REG_ECX, ALLOW_1_ECX, FORCE_1_ECX },
	{ 0x1, 0, REG_EDX, ALLOW_1_EDX, FORCE_1_EDX },
	{ 0x2, 0, REG_EAX, ALL, 0 },		/* cache descriptors */
	{ 0x2, 0, REG_EBX, ALL, 0 },
	{ 0x2, 0, REG_ECX, ALL, 0 },
	{ 0x2, 0, REG_EDX, ALL, 0 },
	{ 0x6, 0, REG_EAX, 0, B(2) },		/* ARAT: timer never stops */
	{ 0x7, 0, REG_EBX, ALLOW_7_EBX, CPUID_7_EBX_TSC_ADJUST },
	{ 0x7, 0, REG_ECX, ALLOW_7_ECX, 0 },
	{ 0x7, 0, REG_EDX, ALLOW_7_EDX, 0 },
	{ 0x7, 1, REG_EAX, ALLOW_71_EAX, 0 },
	{ 0x7, 2, REG_EDX, ALLOW_72_EDX, 0 },
	{ 0x80000000, 0, REG_EAX, 0, CPUID_EXT_BASE + CPUID_EXT_LEAVES - 1 },
	{ 0x80000001, 0, REG_ECX, ALLOW_E1_ECX, 0 },
	{ 0x80000001, 0, REG_EDX, ALLOW_E1_EDX, 0 },
	{ 0x80000006, 0, REG_ECX, ALL, 0 },	/* L2 cache */
	{ 0x80000007, 0, REG_EDX, B(8), 0 },	/* invariant TSC */
};

/* Subleaves that a leaf has; all others have one and ignore ECX. */
static const struct {
	u32 leaf;
	u8 count;
	u8 fix;
} subleaves[] = {
	{ 0x1, 1, CPUID_FIX_1 },
	{ 0x4, 5, CPUID_FIX_NONE },
	{ 0x7, 3, CPUID_FIX_7 },
	{ 0xb, 2, CPUID_FIX_TOPOLOGY },
	{ 0xd, 19, CPUID_FIX_D },
	{ 0x1d, 2, CPUID_FIX_NONE },
	{ 0x1f, 2, CPUID_FIX_TOPOLOGY },
};

static struct cpuid_slot *slot_of(struct cpuid_table *t, u32 leaf)
{
	if (leaf >= CPUID_EXT_BASE)
		return &t->ext[leaf - CPUID_EXT_BASE];
	if (leaf >= CPUID_HV_OWN)
		return &t->own[leaf - CPUID_HV_OWN];
	if (leaf >= CPUID_HV_BASE)
		return &t->hv[leaf - CPUID_HV_BASE];
	return &t->basic[leaf];
}

static struct cpuid_regs *entry_of(struct cpuid_table *t, u32 leaf, u32 subleaf)
{
	return &t->entry[slot_of(t, leaf)->first + subleaf];
}

static u32 *reg_of(struct cpuid_regs *r, u8 reg)
{
	switch (reg) {
	case REG_EAX:
		return &r->eax;
	case REG_EBX:
		return &r->ebx;
	case REG_ECX:
		return &r->ecx;
	default:
		return &r->edx;
	}
}

static void add_slot(struct cpuid_table *t, u32 leaf, u8 count, u8 fix)
{
	ASSERT(t->used + count <= CPUID_ENTRIES);
	*slot_of(t, leaf) = (struct cpuid_slot){
		(u8)t->used, count, fix, count > 1 || fix != CPUID_FIX_NONE };
	t->used += count;
}

/* Entry 0 stays all zeros: it answers for subleaves that do not exist. */
static void lay_out(struct cpuid_table *t)
{
	memset(t, 0, sizeof(*t));
	t->used = 1;
	t->max_ext = CPUID_EXT_BASE + CPUID_EXT_LEAVES - 1;
	for (u32 i = 0; i < ARRAY_SIZE(subleaves); i++)
		add_slot(t, subleaves[i].leaf, subleaves[i].count,
			 subleaves[i].fix);
	for (u32 leaf = 0; leaf < CPUID_BASIC_LEAVES; leaf++) {
		if (!t->basic[leaf].count)
			add_slot(t, leaf, 1, CPUID_FIX_NONE);
	}
	for (u32 i = 0; i < CPUID_EXT_LEAVES; i++)
		add_slot(t, CPUID_EXT_BASE + i, 1, CPUID_FIX_NONE);
	add_slot(t, CPUID_HV_BASE, 1, CPUID_FIX_NONE);
	add_slot(t, CPUID_HV_BASE + 1, 1, CPUID_FIX_NONE);
	add_slot(t, CPUID_HV_OWN, 1, CPUID_FIX_NONE);
	add_slot(t, CPUID_HV_OWN + 1, 1, CPUID_FIX_NONE);
}

/* The machine has that leaf (a leaf beyond the last repeats the last). */
static bool machine_has(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	cpuid(leaf & CPUID_EXT_BASE, 0, &r);
	if (leaf > r.eax)
		return false;
	if (leaf != 7 || !subleaf)
		return true;
	cpuid(7, 0, &r);
	return subleaf <= r.eax;
}

static void apply_policy(struct cpuid_table *t)
{
	for (u32 i = 0; i < ARRAY_SIZE(policies); i++) {
		const struct policy *p = &policies[i];
		struct cpuid_regs *to = entry_of(t, p->leaf, p->subleaf);
		struct cpuid_regs host = { 0 };

		if (machine_has(p->leaf, p->subleaf))
			cpuid(p->leaf, p->subleaf, &host);
		*reg_of(to, p->reg) =
			(*reg_of(&host, p->reg) & p->allow) | p->force;
	}
}

/* What depends on controls that the CPU may lack, and on other features. */
static void apply_controls(struct cpuid_table *t, bool x2apic)
{
	struct cpuid_regs *r1 = entry_of(t, 1, 0), *r7 = entry_of(t, 7, 0);
	struct cpuid_regs *e1 = entry_of(t, CPUID_EXT_BASE + 1, 0);
	struct cpuid_regs host;

	if (x2apic)
		r1->ecx |= CPUID_1_ECX_X2APIC;
	if (!(vmx_caps.proc2 & PROC2_INVPCID))
		r7->ebx &= ~B(10);
	if (!(vmx_caps.proc2 & PROC2_RDTSCP)) {
		e1->edx &= ~B(27);
		r7->ecx &= ~B(22);
	}
	if (!(vmx_caps.xcr0 & XCR0_PKRU))
		r7->ecx &= ~(u32)CPUID_7_ECX_PKU;
	if (!vmx_caps.has_spec_ctrl) {
		r7->edx &= ~(u32)(CPUID_7_EDX_STIBP | CPUID_7_EDX_SSBD);
		entry_of(t, 7, 2)->edx = 0;
	}
	cpuid(7, 0, &host);
	r7->eax = min(host.eax, 2u);
	if (!vmx_caps.xfd)
		return;
	r7->edx |= host.edx & AMX_7_EDX;
	if (host.eax >= 1) {
		cpuid(7, 1, &host);
		entry_of(t, 7, 1)->eax |= host.eax & AMX_71_EAX;
	}
	for (u32 i = 0; i < 2; i++)
		cpuid(0x1d, i, entry_of(t, 0x1d, i));
	cpuid(0x1e, 0, entry_of(t, 0x1e, 0));
}

static u32 log2_up(u32 n)
{
	return n <= 1 ? 0 : 32 - (u32)__builtin_clz(n - 1);
}

/* One thread per core, all cores in one package, APIC IDs 0..n-1. */
static void build_topology(struct cpuid_table *t, u32 vcpus)
{
	u32 shift = log2_up(vcpus);
	struct cpuid_regs *r;

	r = entry_of(t, 1, 0);
	r->ebx |= (u32)field_prep(BITS(23, 16), min(1u << shift, 255u));
	if (vcpus > 1)
		r->edx |= B(28);
	for (u32 i = 0; i < 4 && machine_has(4, 0); i++) {
		r = entry_of(t, 4, i);
		cpuid(4, i, r);
		if (!(r->eax & BITS(4, 0)))
			break;
		/* Levels 1 and 2 belong to one core, level 3 to all. */
		r->eax = (u32)field_set(BITS(25, 14), r->eax,
			field_get(BITS(7, 5), r->eax) >= 3
				? (1u << shift) - 1 : 0);
		r->eax = (u32)field_set(BITS(31, 26), r->eax,
					min((1u << shift) - 1, 63u));
	}
	for (u32 leaf = 0xb; leaf <= 0x1f; leaf += 0x1f - 0xb) {
		*entry_of(t, leaf, 0) = (struct cpuid_regs){
			.eax = 0, .ebx = 1, .ecx = 1 << 8 };
		*entry_of(t, leaf, 1) = (struct cpuid_regs){
			.eax = shift, .ebx = vcpus, .ecx = 2 << 8 | 1 };
	}
}

/* Guests see the components that their XCR0 may have; EBX is dynamic. */
static void build_xstate(struct cpuid_table *t)
{
	struct cpuid_regs *d0 = entry_of(t, 0xd, 0), *d1 = entry_of(t, 0xd, 1);
	u32 allow1 = B(0) | B(1) | B(2);	/* XSAVEOPT XSAVEC XGETBV1 */
	struct cpuid_regs host;

	d0->eax = (u32)vmx_caps.xcr0;
	d0->edx = (u32)(vmx_caps.xcr0 >> 32);
	d0->ecx = 576;
	cpuid(0xd, 1, &host);
	if (vmx_caps.proc2 & PROC2_XSAVES)
		allow1 |= B(3);
	if (vmx_caps.xfd)
		allow1 |= B(4);
	d1->eax = host.eax & allow1;
	for (u32 i = 2; i < 19; i++) {
		if (!(vmx_caps.xcr0 & BIT(i)))
			continue;
		cpuid(0xd, i, &host);
		*entry_of(t, 0xd, i) = host;
		d0->ecx = max(d0->ecx, host.ebx + host.eax);
	}
}

/* SDM 2 CPUID.15: TSC = ECX * EBX / EAX. A crystal near 25 MHz, exact. */
struct cpuid_clock cpuid_clock(u64 tsc_hz)
{
	u32 ratio = (u32)((tsc_hz + 12500000) / 25000000);

	ratio = max(ratio, 1u);
	return (struct cpuid_clock){ ratio, (u32)(tsc_hz / ratio) };
}

static void build_clock(struct cpuid_table *t, struct cpuid_clock clock)
{
	u32 mhz = (u32)((u64)clock.crystal_hz * clock.ratio / 1000000);

	*entry_of(t, 0x15, 0) = (struct cpuid_regs){
		.eax = 1, .ebx = clock.ratio, .ecx = clock.crystal_hz };
	*entry_of(t, 0x16, 0) = (struct cpuid_regs){
		.eax = mhz, .ebx = mhz, .ecx = 100 };
}

static void set_signature(struct cpuid_regs *r, u32 max_leaf, const char *sig)
{
	r->eax = max_leaf;
	memcpy(&r->ebx, sig, 4);
	memcpy(&r->ecx, sig + 4, 4);
	memcpy(&r->edx, sig + 8, 4);
}

/*
 * Linux uses x2APIC without interrupt remapping only under a hypervisor that
 * it knows: KVM's signature, with no KVM feature offered.
 */
static void build_hypervisor(struct cpuid_table *t)
{
	set_signature(entry_of(t, CPUID_HV_BASE, 0), CPUID_HV_BASE + 1,
		      "KVMKVMKVM\0\0\0");
	/* Leaf +1 is for features of our own: none yet. */
	set_signature(entry_of(t, CPUID_HV_OWN, 0), CPUID_HV_OWN + 1,
		      "NoexitNoexit");
}

static void build_extended(struct cpuid_table *t)
{
	struct cpuid_regs r;
	u32 phys;

	for (u32 i = 2; i <= 4; i++)	/* brand string */
		cpuid(CPUID_EXT_BASE + i, 0,
		      entry_of(t, CPUID_EXT_BASE + i, 0));
	cpuid(CPUID_EXT_BASE + 8, 0, &r);
	/* 4-level EPT translates 48 bits; LA57 is hidden. */
	phys = min((u32)field_get(BITS(7, 0), r.eax), 48u);
	entry_of(t, CPUID_EXT_BASE + 8, 0)->eax = 48u << 8 | phys;
}

void cpuid_build(struct cpuid_table *t, u32 vcpus, bool x2apic,
		 struct cpuid_clock clock)
{
	lay_out(t);
	apply_policy(t);
	apply_controls(t, x2apic);
	build_topology(t, vcpus);
	build_xstate(t);
	build_clock(t, clock);
	build_hypervisor(t);
	build_extended(t);
}

u32 cpuid_guest_ecx1(const struct cpuid_table *t)
{
	return t->entry[t->basic[1].first].ecx;
}

u32 cpuid_guest_7(const struct cpuid_table *t, u32 *ecx, u32 *edx)
{
	const struct cpuid_regs *r = &t->entry[t->basic[7].first];

	*ecx = r->ecx;
	*edx = r->edx;
	return r->ebx;
}

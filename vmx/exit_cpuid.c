/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID: a lookup of the VM's table; few leaves need a look at the vCPU. */
#include "vmx/cpuid.h"
#include "vmx/vcpu.h"

#include <hw/vmx.h>

/*
 * SDM 2, CPUID: "If a value entered for CPUID.EAX is higher than the maximum
 * input value for basic or extended function [...] the data for the highest
 * basic information leaf is returned." The hypervisor's own range reads as
 * zeros where it is empty.
 */
static __attribute__((noinline)) const struct cpuid_slot *
uncommon_slot(const struct cpuid_table *t, u32 leaf)
{
	static const struct cpuid_slot none = { .count = 1 };

	if (leaf >= CPUID_EXT_BASE && leaf <= t->max_ext)
		return &t->ext[leaf - CPUID_EXT_BASE];
	if (leaf - CPUID_HV_OWN < ARRAY_SIZE(t->own))
		return &t->own[leaf - CPUID_HV_OWN];
	if (leaf >> 28 != CPUID_HV_BASE >> 28)
		return &t->basic[CPUID_BASIC_LEAVES - 1];
	if (leaf - CPUID_HV_BASE < ARRAY_SIZE(t->hv))
		return &t->hv[leaf - CPUID_HV_BASE];
	return &none;
}

static inline const struct cpuid_slot *slot_of(const struct cpuid_table *t,
					       u32 leaf)
{
	if (likely(leaf < CPUID_BASIC_LEAVES))
		return &t->basic[leaf];
	return uncommon_slot(t, leaf);
}

const struct cpuid_regs *cpuid_lookup(const struct cpuid_table *t, u32 leaf,
				      u32 subleaf, enum cpuid_fix *fix)
{
	const struct cpuid_slot *slot = slot_of(t, leaf);

	*fix = slot->fix;
	if (slot->count == 1)
		subleaf = 0;
	/* Entry 0 is all zeros. */
	return subleaf < slot->count ? &t->entry[slot->first + subleaf]
				     : &t->entry[0];
}

/* Bytes that XSAVE stores in standard format for the current XCR0. */
static u32 xsave_bytes(const struct vcpu *vcpu)
{
	const struct cpuid_table *t = vcpu->vm->cpuid;
	const struct cpuid_regs *d = &t->entry[t->basic[0xd].first];
	u32 bytes = 576;

	for (u32 i = 2; i < t->basic[0xd].count; i++) {
		if (vcpu->xcr0 & BIT(i))
			bytes = max(bytes, d[i].ebx + d[i].eax);
	}
	return bytes;
}

static void fix_xstate(const struct vcpu *vcpu, u32 subleaf,
		       struct cpuid_regs *r)
{
	if (subleaf == 0)
		r->ebx = xsave_bytes(vcpu);
	else if (subleaf == 1)
		r->ebx = xstate_compacted_bytes(vcpu->xcr0);
}

static void fix_up(const struct vcpu *vcpu, enum cpuid_fix fix, u32 subleaf,
		   struct cpuid_regs *r)
{
	switch (fix) {
	case CPUID_FIX_1:
		r->ebx |= vcpu->index << 24;
		if (vmread(VMCS_GUEST_CR4) & CR4_OSXSAVE)
			r->ecx |= CPUID_1_ECX_OSXSAVE;
		/* "CPUID.1:EDX.APIC mirrors the enable flag" (SDM 10.4.3) */
		if (vlapic_mode(&vcpu->lapic) == VLAPIC_OFF)
			r->edx &= ~(u32)CPUID_1_EDX_APIC;
		break;
	case CPUID_FIX_7:
		if (subleaf == 0 && (vmread(VMCS_GUEST_CR4) & CR4_PKE))
			r->ecx |= CPUID_7_ECX_OSPKE;
		break;
	case CPUID_FIX_TOPOLOGY:
		r->ecx = (r->ecx & ~0xffu) | (subleaf & 0xff);
		r->edx = vcpu->index;
		break;
	case CPUID_FIX_D:
		fix_xstate(vcpu, subleaf, r);
		break;
	case CPUID_FIX_NONE:
		break;
	}
}

static void set_result(struct vcpu *vcpu, const struct cpuid_regs *r)
{
	vcpu->gpr[RAX] = r->eax;
	vcpu->gpr[RBX] = r->ebx;
	vcpu->gpr[RCX] = r->ecx;
	vcpu->gpr[RDX] = r->edx;
}

/* Out of line: the common case then needs no stack and no saved registers. */
static __attribute__((noinline)) enum exit_result special(struct vcpu *vcpu)
{
	u32 leaf = (u32)vcpu->gpr[RAX], subleaf = (u32)vcpu->gpr[RCX];
	enum cpuid_fix fix;
	struct cpuid_regs r = *cpuid_lookup(vcpu->vm->cpuid, leaf, subleaf,
					    &fix);

	fix_up(vcpu, fix, subleaf, &r);
	set_result(vcpu, &r);
	return EXIT_SKIP;
}

enum exit_result exit_cpuid(struct vcpu *vcpu)
{
	const struct cpuid_table *t = vcpu->vm->cpuid;
	u32 leaf = (u32)vcpu->gpr[RAX];

	if (unlikely(leaf >= CPUID_BASIC_LEAVES || t->basic[leaf].special))
		return special(vcpu);
	set_result(vcpu, &t->entry[t->basic[leaf].first]);
	return EXIT_SKIP;
}

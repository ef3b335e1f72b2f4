/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control registers and EFER. The guest owns almost all bits: hardware checks
 * and applies them without an exit. The hypervisor owns
 *
 *	CR0.CD, CR0.NW	neither VM entry nor VM exit loads them: a guest that
 *			really set CD would leave the machine uncached
 *	CR0.NE		must be 1 in VMX operation
 *	CR4.VMXE	must be 1; reads as 0
 *	CR4.MCE		stays on: without it a machine check shuts the CPU down
 *	CR4, others	bits of features that the guest's CPUID does not have
 *
 * A MOV that changes an owned bit exits, and then the whole write is done here
 * (SDM 2 "MOV - Move to/from Control Registers").
 */
#include "core/err.h"
#include "vmx/cpuid.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define CR0_OWNED	(CR0_CD | CR0_NW | CR0_NE)
#define CR4_BASE	(BITS(10, 0))	/* VME to OSXMMEXCPT */
#define CR3_PCID	BITS(11, 0)
#define CR3_PDPT	BITS(31, 5)
#define PDPTE_PRESENT	BIT(0)
#define PDPTE_RESERVED	(BITS(2, 1) | BITS(8, 5) | BITS(63, 52))
#define TSS_BUSY_16	3

/* Exit qualification (SDM 28.2.1 table 28-3). */
#define QUAL_CR		BITS(3, 0)
#define QUAL_TYPE	BITS(5, 4)
#define QUAL_GPR	BITS(11, 8)
#define QUAL_LMSW	BITS(31, 16)
enum cr_access { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

/* What the guest may set: only what its CPUID tells. */
u64 cr4_allowed(const struct vcpu *vcpu)
{
	const struct cpuid_table *t = vcpu->vm->cpuid;
	u32 ecx1 = cpuid_guest_ecx1(t), ecx7, edx7;
	u32 ebx7 = cpuid_guest_7(t, &ecx7, &edx7);
	u64 allowed = CR4_BASE;

	if (ecx1 & CPUID_1_ECX_PCID)
		allowed |= CR4_PCIDE;
	if (ecx1 & CPUID_1_ECX_XSAVE)
		allowed |= CR4_OSXSAVE;
	if (ebx7 & CPUID_7_EBX_FSGSBASE)
		allowed |= CR4_FSGSBASE;
	if (ebx7 & CPUID_7_EBX_SMEP)
		allowed |= CR4_SMEP;
	if (ebx7 & CPUID_7_EBX_SMAP)
		allowed |= CR4_SMAP;
	if (ecx7 & CPUID_7_ECX_UMIP)
		allowed |= CR4_UMIP;
	if (ecx7 & CPUID_7_ECX_PKU)
		allowed |= CR4_PKE;
	return allowed;
}

void cr_masks_init(struct vcpu *vcpu)
{
	vmwrite(VMCS_CR0_MASK, CR0_OWNED);
	vmwrite(VMCS_CR4_MASK, ~(cr4_allowed(vcpu) & ~CR4_MCE));
}

static u64 guest_cr0(void)
{
	return (vmread(VMCS_GUEST_CR0) & ~CR0_OWNED) |
	       (vmread(VMCS_CR0_SHADOW) & CR0_OWNED);
}

static u64 guest_cr4(void)
{
	u64 mask = vmread(VMCS_CR4_MASK);

	return (vmread(VMCS_GUEST_CR4) & ~mask) |
	       (vmread(VMCS_CR4_SHADOW) & mask);
}

/* PAE paging with EPT walks the copies in the VMCS. -EINVAL is #GP. */
static int load_pdptes(struct vcpu *vcpu)
{
	u64 pdpte[4], gpa = vmread(VMCS_GUEST_CR3) & CR3_PDPT;

	if (guest_read(&vcpu->vm->guest, gpa, pdpte, sizeof(pdpte)))
		return -EINVAL;
	for (u32 i = 0; i < 4; i++) {
		if ((pdpte[i] & PDPTE_PRESENT) && (pdpte[i] & PDPTE_RESERVED))
			return -EINVAL;
	}
	for (u32 i = 0; i < 4; i++)
		vmwrite64(VMCS_GUEST_PDPTE(i), pdpte[i]);
	return 0;
}

static void set_lma(bool on)
{
	u64 efer = vmread64(VMCS_GUEST_EFER) & ~EFER_LMA;
	u32 entry = vmread32(VMCS_ENTRY_CTLS) & ~(u32)ENTRY_CTL_IA32E;

	vmwrite64(VMCS_GUEST_EFER, on ? efer | EFER_LMA : efer);
	vmwrite32(VMCS_ENTRY_CTLS, on ? entry | (u32)ENTRY_CTL_IA32E : entry);
}

/* SDM 3 9.8.5 "Initializing IA-32e Mode": the order that it enforces. */
static int paging_on(struct vcpu *vcpu, u64 cr4)
{
	u32 tr_type = field_get(AR_TYPE, vmread32(VMCS_GUEST_AR(SEG_TR)));

	if (!(vmread64(VMCS_GUEST_EFER) & EFER_LME))
		return cr4 & CR4_PAE ? load_pdptes(vcpu) : 0;
	if (!(cr4 & CR4_PAE) || tr_type == TSS_BUSY_16 ||
	    (vmread32(VMCS_GUEST_AR(SEG_CS)) & AR_L))
		return -EINVAL;
	set_lma(true);
	return 0;
}

static int paging_off(u64 cr4)
{
	if (vcpu_long64() || (cr4 & CR4_PCIDE))
		return -EINVAL;
	set_lma(false);
	return 0;
}

static enum exit_result set_cr0(struct vcpu *vcpu, u64 value)
{
	u64 changed = guest_cr0() ^ value, cr4 = guest_cr4();
	bool lma = vmread64(VMCS_GUEST_EFER) & EFER_LMA;
	int err = 0;

	if (value >> 32 || ((value & CR0_PG) && !(value & CR0_PE)) ||
	    ((value & CR0_NW) && !(value & CR0_CD)))
		return EXIT_GP;
	if (changed & CR0_PG)
		err = value & CR0_PG ? paging_on(vcpu, cr4) : paging_off(cr4);
	else if ((value & CR0_PG) && (cr4 & CR4_PAE) && !lma &&
		 (changed & (CR0_CD | CR0_NW)))
		err = load_pdptes(vcpu);
	if (err)
		return EXIT_GP;
	vmwrite(VMCS_GUEST_CR0,
		(value & ~(CR0_CD | CR0_NW)) | CR0_NE | CR0_ET);
	vmwrite(VMCS_CR0_SHADOW, value | CR0_ET);
	/* The instruction flushes; entries under a VPID would survive. */
	vcpu->work |= WORK_FLUSH_VPID;
	return EXIT_SKIP;
}

static enum exit_result set_cr4(struct vcpu *vcpu, u64 value)
{
	u64 changed = guest_cr4() ^ value;
	bool lma = vmread64(VMCS_GUEST_EFER) & EFER_LMA;

	if (value & ~cr4_allowed(vcpu))
		return EXIT_GP;
	if (lma && !(value & CR4_PAE))
		return EXIT_GP;
	if ((changed & value & CR4_PCIDE) &&
	    (!lma || (vmread(VMCS_GUEST_CR3) & CR3_PCID)))
		return EXIT_GP;
	if ((vmread(VMCS_GUEST_CR0) & CR0_PG) && (value & CR4_PAE) && !lma &&
	    (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) &&
	    load_pdptes(vcpu))
		return EXIT_GP;
	vmwrite(VMCS_GUEST_CR4, value | CR4_VMXE | (read_cr4() & CR4_MCE));
	vmwrite(VMCS_CR4_SHADOW, value);
	vcpu->work |= WORK_FLUSH_VPID;
	return EXIT_SKIP;
}

/* "can set PE but not clear it", the low four bits only. */
static u64 lmsw_value(u64 qual)
{
	u64 cr0 = guest_cr0(), msw = field_get(QUAL_LMSW, qual);

	return (cr0 & ~(CR0_MP | CR0_EM | CR0_TS)) |
	       (msw & (CR0_PE | CR0_MP | CR0_EM | CR0_TS));
}

enum exit_result exit_cr(struct vcpu *vcpu)
{
	u64 qual = vmread(VMCS_EXIT_QUALIFICATION);
	u32 cr = field_get(QUAL_CR, qual);
	u64 value;

	switch (field_get(QUAL_TYPE, qual)) {
	case CR_CLTS:
		return set_cr0(vcpu, guest_cr0() & ~CR0_TS);
	case CR_LMSW:
		return set_cr0(vcpu, lmsw_value(qual));
	case CR_MOV_TO:
		break;
	default:	/* reads of CR0 and CR4 never exit, CR3 neither */
		return EXIT_STOP;
	}
	value = gpr_read(vcpu, field_get(QUAL_GPR, qual));
	if (!vcpu_long64())
		value = (u32)value;
	if (cr == 0)
		return set_cr0(vcpu, value);
	return cr == 4 ? set_cr4(vcpu, value) : EXIT_STOP;
}

/* LMA is read-only, LME must not change while paging is on. */
int efer_write(struct vcpu *vcpu, u64 value)
{
	u64 old = vmread64(VMCS_GUEST_EFER);

	if (value & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE))
		return -EINVAL;
	if (((value ^ old) & EFER_LME) && (vmread(VMCS_GUEST_CR0) & CR0_PG))
		return -EINVAL;
	vmwrite64(VMCS_GUEST_EFER, (value & ~EFER_LMA) | (old & EFER_LMA));
	if ((value ^ old) & EFER_NXE)
		vcpu->work |= WORK_FLUSH_VPID;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EPT violations (SDM 28.2.1 table 28-7): RAM that is to be mapped again, or
 * an access to a device. A misconfiguration (exit 49) has no handler: our
 * tables never hold one.
 */
#include "vmx/gva.h"
#include "vmx/mmio.h"
#include "vmx/vcpu.h"

#include <hw/vmx.h>

#define QUAL_WRITE		BIT(1)
#define QUAL_FETCH		BIT(2)
#define QUAL_LINEAR_VALID	BIT(7)
#define QUAL_FINAL		BIT(8)	/* 0: a guest paging structure */
#define QUAL_NMI_UNBLOCK	BIT(12)
#define QUAL_OPERAND	(QUAL_LINEAR_VALID | QUAL_FINAL | QUAL_FETCH | \
			 QUAL_NMI_UNBLOCK)

/*
 * Page tables where no memory is: reads as ones, and ones have reserved bits
 * set. What the fault handler makes of it is the guest's affair.
 */
static enum exit_result tables_in_hole(struct vcpu *vcpu, u64 qual)
{
	u32 error = PF_PRESENT | PF_RESERVED;

	if (qual & QUAL_FETCH)
		error |= PF_FETCH;
	else if (qual & QUAL_WRITE)
		error |= PF_WRITE;
	if (vcpu_cpl() == 3)
		error |= PF_USER;
	inject_page_fault(vcpu, vmread(VMCS_GUEST_LINEAR), error);
	return EXIT_RESUME;
}

static __noinline enum exit_result any_violation(struct vcpu *vcpu)
{
	u64 qual = vmread(VMCS_EXIT_QUALIFICATION);
	u64 gpa = vmread64(VMCS_GUEST_PHYSICAL);
	bool in_delivery = inject_requeue(vcpu);

	/* The IRET that made this access runs again: NMIs stay blocked. */
	if ((qual & QUAL_NMI_UNBLOCK) && !in_delivery)
		vmwrite32(VMCS_GUEST_INTERRUPTIBILITY,
			  vmread32(VMCS_GUEST_INTERRUPTIBILITY) |
				  BLOCKING_BY_NMI);
	if (ept_restore(vcpu->vm, gpa, qual & QUAL_WRITE))
		return EXIT_RESUME;
	/* An IDT or a stack in a hole or a device. */
	if (in_delivery)
		return EXIT_STOP;
	if ((qual & QUAL_LINEAR_VALID) && !(qual & QUAL_FINAL))
		return tables_in_hole(vcpu, qual);
	/* A hole reads as ones: FF FF is no instruction. */
	if (qual & QUAL_FETCH)
		return EXIT_UD;
	return mmio_emulate(vcpu, gpa);
}

/*
 * The usual operand on a device; for what it is not the fields are read again,
 * so that this one keeps nothing across the call.
 */
enum exit_result exit_ept_violation(struct vcpu *vcpu)
{
	u64 qual = vmread(VMCS_EXIT_QUALIFICATION);

	if (likely((qual & QUAL_OPERAND) == (QUAL_LINEAR_VALID | QUAL_FINAL) &&
		   !(vmread32(VMCS_IDT_VECTORING_INFO) & INT_INFO_VALID) &&
		   mmio_fast(vcpu, vmread64(VMCS_GUEST_PHYSICAL))))
		return EXIT_RESUME;
	return any_violation(vcpu);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* RDMSR and WRMSR exits: the hot ones first, then the policy of vmx/msr.c. */
#include "core/err.h"
#include "vmx/vcpu.h"

#include <hw/msr.h>
#include <hw/vmx.h>

#define X2APIC_MSRS	256

static bool is_x2apic(u32 msr)
{
	return msr - MSR_IA32_X2APIC_BASE < X2APIC_MSRS;
}

/* In the other modes these registers do not exist: #GP. */
static int x2apic_read(struct vcpu *vcpu, u32 msr, u64 *value)
{
	if (vcpu->apic_mode != VLAPIC_X2APIC)
		return -EINVAL;
	return vlapic_msr_read(&vcpu->lapic, msr, value);
}

static int x2apic_write(struct vcpu *vcpu, u32 msr, u64 value)
{
	if (vcpu->apic_mode != VLAPIC_X2APIC)
		return -EINVAL;
	return vlapic_msr_write(&vcpu->lapic, msr, value);
}

enum exit_result exit_rdmsr(struct vcpu *vcpu)
{
	u32 msr = (u32)vcpu->gpr[RCX];
	u64 value = 0;
	int err;

	if (is_x2apic(msr))
		err = x2apic_read(vcpu, msr, &value);
	else
		err = msr_read(vcpu, msr, &value);
	if (unlikely(err))
		return EXIT_GP;
	vcpu->gpr[RAX] = (u32)value;
	vcpu->gpr[RDX] = value >> 32;
	return EXIT_SKIP;
}

enum exit_result exit_wrmsr(struct vcpu *vcpu)
{
	u32 msr = (u32)vcpu->gpr[RCX];
	u64 value = vcpu->gpr[RDX] << 32 | (u32)vcpu->gpr[RAX];
	int err;

	/* What an idle or busy kernel writes thousands of times a second. */
	if (likely(msr == MSR_IA32_TSC_DEADLINE)) {
		vlapic_tsc_deadline_write(&vcpu->lapic, value);
		return EXIT_SKIP;
	}
	if (is_x2apic(msr))
		err = x2apic_write(vcpu, msr, value);
	else
		err = msr_write(vcpu, msr, value);
	return unlikely(err) ? EXIT_GP : EXIT_SKIP;
}

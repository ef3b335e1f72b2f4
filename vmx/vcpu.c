/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and modes of the vCPU whose VMCS is current. */
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

u64 gpr_read(const struct vcpu *vcpu, u32 reg)
{
	if (reg == RSP)
		return vmread(VMCS_GUEST_RSP);
	return vcpu->gpr[reg & 15];
}

void gpr_write(struct vcpu *vcpu, u32 reg, u64 value)
{
	if (reg == RSP)
		vmwrite(VMCS_GUEST_RSP, value);
	else
		vcpu->gpr[reg & 15] = value;
}

/* "SS.DPL is the CPL" also in real-address and virtual-8086 mode. */
u8 vcpu_cpl(void)
{
	return field_get(AR_DPL, vmread32(VMCS_GUEST_AR(SEG_SS)));
}

u64 vcpu_counter(const struct vcpu *vcpu, u32 row)
{
	const struct pi_desc *pid = vcpu->lapic.pid;

	if (row < ICR_KINDS)
		return READ_ONCE(vcpu->lapic.icr_count[row]);
	switch (row - ICR_KINDS) {
	case 0:
		return READ_ONCE(pid->sent);
	case 1:
		return READ_ONCE(pid->suppressed);
	case 2:
		return READ_ONCE(pid->wakeups);
	default:
		return 0;
	}
}

struct sched_entity *vcpu_entity(struct vcpu *vcpu)
{
	return &vcpu->se;
}

u64 vcpu_exit_count(const struct vcpu *vcpu, u32 reason)
{
	return reason < VMX_EXIT_REASONS ? READ_ONCE(vcpu->exits[reason]) : 0;
}

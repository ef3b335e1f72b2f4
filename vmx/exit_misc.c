/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits with little to do: exceptions, interrupts, HLT, VMCALL, XSETBV. */
#include "apic/lapic.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/panic.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

#define DR6_B3_B0	BITS(3, 0)
#define DR6_BLD		BIT(11)		/* inverted: 0 is a bus lock */
#define DR6_BD		BIT(13)
#define DR6_BS		BIT(14)
#define DR6_RTM		BIT(16)		/* inverted: 0 is inside RTM */
#define DR7_GD		BIT(13)
#define PENDING_DEBUG_BS BIT(14)

/* After so many faults in event delivery in a row, serve host interrupts. */
#define FAULT_STREAK	16

/*
 * The exit happened instead of the exception: DR6 and DR7 are as before. The
 * qualification holds what DR6 would get, in positive logic.
 */
static void reflect_debug(struct vcpu *vcpu, u32 info)
{
	u64 qual = vmread(VMCS_EXIT_QUALIFICATION);
	u64 dr6 = read_dr6() & ~DR6_B3_B0;
	u32 blocking = vmread32(VMCS_GUEST_INTERRUPTIBILITY);

	/* INT1 (ICEBP): a trap with RIP at it; VM entry pushes RIP + length. */
	if (field_get(INT_INFO_TYPE, info) == INT_TYPE_PRIV_SW_EXCEPTION) {
		vcpu->event = (struct vcpu_event){
			.info = info & ~(INT_INFO_NMI_UNBLOCK | INT_INFO_ERROR),
			.insn_len = vmread32(VMCS_EXIT_INSN_LEN) };
		vcpu->work |= WORK_EVENT;
		return;
	}
	dr6 |= qual & (DR6_B3_B0 | DR6_BD | DR6_BS);
	dr6 |= DR6_BLD | DR6_RTM;
	dr6 &= ~(qual & (DR6_BLD | DR6_RTM));
	write_dr6(dr6);
	vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~DR7_GD);
	/*
	 * Entry checks want BS pending when TF = 1 and a shadow is on (SDM
	 * 27.3.1.5); a #DB that is injected replaces it.
	 */
	if ((blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)) &&
	    (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF))
		vmwrite(VMCS_GUEST_PENDING_DEBUG,
			vmread(VMCS_GUEST_PENDING_DEBUG) | PENDING_DEBUG_BS);
	inject_exception(vcpu, VECTOR_DB);
}

/* SDM 28.2.3: the IRET that unblocked NMIs faulted and will run again. */
static void restore_nmi_blocking(u32 info)
{
	if ((info & INT_INFO_NMI_UNBLOCK) &&
	    (info & INT_INFO_VECTOR) != VECTOR_DF)
		vmwrite32(VMCS_GUEST_INTERRUPTIBILITY,
			  vmread32(VMCS_GUEST_INTERRUPTIBILITY) |
				  BLOCKING_BY_NMI);
}

/*
 * A guest that faults in each delivery never reaches an instruction, so no
 * interrupt is recognised in it. Requests and the slice are looked at before
 * every entry anyway; only host devices would starve.
 */
static void count_streak(struct vcpu *vcpu, bool in_delivery)
{
	if (!in_delivery)
		vcpu->fault_streak = 0;
	else if (++vcpu->fault_streak % FAULT_STREAK == 0)
		vcpu->work |= WORK_IRQ_WINDOW;
}

enum exit_result exit_exception(struct vcpu *vcpu)
{
	u32 info = vmread32(VMCS_EXIT_INT_INFO);
	bool in_delivery;

	if (field_get(INT_INFO_TYPE, info) == INT_TYPE_NMI) {
		/* NMIs stay blocked until the handler's IRET. */
		cpu_int_nmi();
		return EXIT_RESUME;
	}
	if ((info & INT_INFO_VECTOR) == VECTOR_MC)
		panic("machine check in guest %s, MCG_STATUS %llx",
		      vcpu->vm->guest.name,
		      (unsigned long long)rdmsr(MSR_IA32_MCG_STATUS));
	in_delivery = inject_requeue(vcpu);
	count_streak(vcpu, in_delivery);
	if (!in_delivery)
		restore_nmi_blocking(info);
	switch (info & INT_INFO_VECTOR) {
	case VECTOR_DB:
		reflect_debug(vcpu, info);
		return EXIT_RESUME;
	case VECTOR_AC:
		inject_exception_error(vcpu, VECTOR_AC,
				       vmread32(VMCS_EXIT_ERROR_CODE));
		return EXIT_RESUME;
	default:	/* not in the exception bitmap */
		return EXIT_STOP;
	}
}

/* Acknowledged on exit: the handler sends the EOI. */
enum exit_result exit_external_int(struct vcpu *vcpu)
{
	struct cpu *cpu = this_cpu();
	u8 vector = (u8)vmread32(VMCS_EXIT_INT_INFO);

	irq_dispatch(vector);
	/* The kick may be for another vCPU of this CPU, to be picked now. */
	if (vector == VECTOR_KICK &&
	    (vcpu->se.next || cpu->sched.queue != &vcpu->se))
		vcpu->work |= WORK_YIELD;
	return EXIT_RESUME;
}

enum exit_result exit_triple_fault(struct vcpu *vcpu)
{
	vcpu_dump(vcpu, "triple fault");
	guest_stop(&vcpu->vm->guest, GUEST_STOP_TRIPLE_FAULT, 0);
	return EXIT_RESUME;
}

/* Entry failed in the guest-state checks: nothing of the guest has run. */
enum exit_result exit_bad_entry(struct vcpu *vcpu)
{
	u32 reason = vmread32(VMCS_EXIT_REASON);

	log_error("vmx", "%s vCPU %u: VM entry failed: %s, qualification %llx",
		  vcpu->vm->guest.name, vcpu->index, vmx_exit_name(reason),
		  (unsigned long long)vmread(VMCS_EXIT_QUALIFICATION));
	vcpu_dump(vcpu, "VM entry failed");
	guest_stop(&vcpu->vm->guest, GUEST_STOP_BAD_ENTRY, reason);
	return EXIT_RESUME;
}

/* WORK_NMI is still set: the way to the next entry injects it. */
enum exit_result exit_nmi_window(struct vcpu *vcpu)
{
	vcpu_set_proc(vcpu, PROC_NMI_WINDOW, 0);
	return EXIT_RESUME;
}

/* RIP moves on first: the wake-up continues behind the instruction. */
enum exit_result exit_hlt(struct vcpu *vcpu)
{
	vcpu->work |= WORK_HALTED;
	return EXIT_SKIP;
}

/* No hypercalls yet: 0 says "here", others -ENOSYS; user code may not. */
enum exit_result exit_vmcall(struct vcpu *vcpu)
{
	if (unlikely(vcpu_cpl()))
		vcpu->gpr[RAX] = (u64)-1;	/* -EPERM */
	else if (vcpu->gpr[RAX])
		vcpu->gpr[RAX] = (u64)-38;	/* -ENOSYS */
	return EXIT_SKIP;
}

/* A loop of PAUSE: let another vCPU of this CPU run. */
enum exit_result exit_pause(struct vcpu *vcpu)
{
	sched_give_way(this_cpu());
	vcpu->work |= WORK_YIELD;
	return EXIT_SKIP;
}

enum exit_result exit_xsetbv(struct vcpu *vcpu)
{
	u64 value = vcpu->gpr[RDX] << 32 | (u32)vcpu->gpr[RAX];

	/* The exit comes before the instruction's own checks, #UD first. */
	if (!(vmread(VMCS_GUEST_CR4) & CR4_OSXSAVE))
		return EXIT_UD;
	if (vcpu_cpl() || (u32)vcpu->gpr[RCX] != 0 || !xcr0_valid(value))
		return EXIT_GP;
	vcpu->xcr0 = value;
	xsetbv(0, value);
	return EXIT_SKIP;
}

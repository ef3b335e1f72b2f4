/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is to be done before an entry beyond the ordinary: requests of other
 * CPUs, waiting (HLT, wait-for-SIPI), pending events, flushes. Waiting is a
 * software state: hardware's own would keep the CPU from its other vCPUs.
 *
 *	waits in		woken by
 *	WORK_HALTED		interrupt above PPR if IF = 1, NMI, INIT
 *	WORK_WAIT_SIPI		SIPI
 *	WORK_STUCK (of either)	another vCPU only: counted in vm->stuck
 */
#include "core/time.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

static void handle_init(struct vcpu *vcpu)
{
	/*
	 * The boot CPU would start at the reset vector, where this machine has
	 * no firmware: an INIT to it is a reset of the machine.
	 */
	if (vcpu->index == 0) {
		guest_stop(&vcpu->vm->guest, GUEST_STOP_RESET, 0);
		return;
	}
	vcpu_reset(vcpu);
	vlapic_reset(&vcpu->lapic);
	vcpu->work |= WORK_WAIT_SIPI;
}

/*
 * A CPU that handles no NMI would take the first at once and latch a second;
 * while it handles one, it latches one.
 */
static void latch_nmi(struct vcpu *vcpu)
{
	if (!(vcpu->work & WORK_NMI))
		vcpu->work |= WORK_NMI;
	else if (!(vmread32(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKING_BY_NMI))
		vcpu->work |= WORK_NMI2;
}

static void handle_signals(struct vcpu *vcpu, u32 requests)
{
	/* INIT first: a SIPI that came with it belongs to the new life. */
	if (requests & SCHED_REQ_INIT)
		handle_init(vcpu);
	if ((requests & SCHED_REQ_SIPI) && (vcpu->work & WORK_WAIT_SIPI))
		vcpu_start_sipi(vcpu, READ_ONCE(vcpu->lapic.sipi_vector));
	if (requests & SCHED_REQ_NMI)
		latch_nmi(vcpu);
	if (requests & SCHED_REQ_NMI2)
		latch_nmi(vcpu);
	if (requests & SCHED_REQ_TLB)
		vcpu->work |= WORK_FLUSH_EPT;
	if (requests & (SCHED_REQ_EVENT | SCHED_REQ_TIMER))
		vcpu->work |= WORK_SYNC;
}

static void flush(struct vcpu *vcpu)
{
	const struct invept_desc ept = { .eptp = vcpu->vm->eptp };
	const struct invvpid_desc vpid = { .vpid = vcpu->vpid };

	if (vcpu->work & WORK_FLUSH_EPT)
		invept(INVEPT_SINGLE, &ept);
	if (vcpu->work & WORK_FLUSH_VPID)
		invvpid(INVVPID_SINGLE, &vpid);
	vcpu->work &= ~(WORK_FLUSH_EPT | WORK_FLUSH_VPID);
}

/* HLT ends by what could be delivered now. */
static bool wakes(const struct vcpu *vcpu)
{
	if (vcpu->work & (WORK_EVENT | WORK_NMI))
		return true;
	return (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF) &&
	       vlapic_has_interrupt(&vcpu->lapic);
}

/* Block until a request or the timer; false. */
static bool block(struct cpu *cpu, struct vcpu *vcpu)
{
	bool reachable = (vcpu->work & WORK_HALTED) &&
			 (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF);
	u64 wake = TIME_NEVER;

	if (reachable)
		wake = vlapic_deadline(&vcpu->lapic);
	else
		vm_vcpu_stuck(vcpu);
	sched_block(cpu, &vcpu->se, wake);
	return false;
}

/* Host devices get their turn while a guest faults in event delivery. */
static void irq_window(struct vcpu *vcpu)
{
	vcpu->work &= ~WORK_IRQ_WINDOW;
	cpu_sti_cli();
}

bool vcpu_work(struct cpu *cpu, struct vcpu *vcpu)
{
	u32 requests;

	/* Uncount before taking the requests: see vm_vcpu_stuck(). */
	if (vcpu->work & WORK_STUCK)
		vm_vcpu_unstuck(vcpu);
	if (vcpu->work & WORK_IRQ_WINDOW)
		irq_window(vcpu);
	/* Before the requests: a timer that fires is one of them. */
	vlapic_timer_check(&vcpu->lapic, time_now_tsc());
	requests = sched_take(&vcpu->se);
	if (requests & SCHED_REQ_STOP) {
		struct vm *vm = vcpu->vm;

		vcpu_log_exits(vcpu);
		vcpu_unload(cpu, vcpu);
		sched_detach(cpu, &vcpu->se);
		vm_vcpu_left(vm);
		return false;
	}
	handle_signals(vcpu, requests);
	if (vcpu->work & WORK_WAIT_SIPI)
		return block(cpu, vcpu);
	if (vcpu->work & (WORK_SYNC | WORK_HALTED))
		apic_sync(vcpu);
	if ((vcpu->work & WORK_HALTED) && !wakes(vcpu))
		return block(cpu, vcpu);
	vcpu->work &= ~WORK_HALTED;
	flush(vcpu);
	if (vcpu->work & (WORK_EVENT | WORK_NMI))
		inject_before_entry(vcpu);
	if (!(vcpu->work & WORK_YIELD))
		return true;
	vcpu->work &= ~WORK_YIELD;
	return false;
}

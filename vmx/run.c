/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of a running vCPU: ready? -> enter -> exit handler -> again. What
 * needs more than a look before an entry is in work.c. IF is 0 throughout: an
 * interrupt that arrives after the last look exits the guest at once.
 */
#include "core/log.h"
#include "core/time.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

/*
 * Arm the preemption timer for the guest's APIC timer or the end of the slice,
 * whichever comes first; false: the slice is over. With neither there is
 * nothing to arm and no exit. SDM 26.5.1: counts down at TSC >> shift.
 */
static inline bool arm_timer(struct cpu *cpu, struct vcpu *vcpu)
{
	u64 slice_end = cpu->sched.slice_end_tsc;
	u64 deadline = min(vlapic_deadline(&vcpu->lapic), slice_end);
	u64 now, count;

	if (deadline == TIME_NEVER) {
		if (unlikely(vcpu->timer_armed)) {
			vcpu->timer_armed = false;
			vcpu_set_pin(vcpu, PIN_PREEMPTION_TIMER, 0);
		}
		return true;
	}
	now = rdtsc();
	if (unlikely(now >= slice_end))
		return false;
	/* Rounded up; a passed deadline fires at once, through its exit. */
	count = now < deadline ? ((deadline - now) >> vmx_caps.timer_shift) + 1
			       : 0;
	if (unlikely(!vcpu->timer_armed)) {
		vcpu->timer_armed = true;
		vcpu_set_pin(vcpu, 0, PIN_PREEMPTION_TIMER);
	}
	/* Too early is harmless: the exit arms it for the rest. */
	vmwrite32(VMCS_PREEMPTION_TIMER, (u32)min(count, (u64)UINT32_MAX));
	return true;
}

static inline bool ready(struct cpu *cpu, struct vcpu *vcpu)
{
	if (unlikely(READ_ONCE(vcpu->se.requests) | vcpu->work) &&
	    !vcpu_work(cpu, vcpu))
		return false;
	if (unlikely(READ_ONCE(cpu->shared->requests) ||
		     READ_ONCE(cpu->shared->incoming)))
		return false;
	return arm_timer(cpu, vcpu);
}

/* VMfail: a control or host field is wrong, which is a bug of ours. */
static void entry_refused(struct vcpu *vcpu)
{
	log_error("vmx", "%s vCPU %u: VM entry refused, error %u",
		  vcpu->vm->guest.name, vcpu->index,
		  vmread32(VMCS_INSN_ERROR));
	vcpu_dump(vcpu, "VM entry refused");
	guest_stop(&vcpu->vm->guest, GUEST_STOP_BAD_ENTRY, 0);
}

/*
 * When this returns, a vCPU that left its CPU for good may be freed already:
 * nothing here touches it after ready() has said no.
 */
void vcpu_run(struct sched_entity *se)
{
	struct vcpu *vcpu = container_of(se, struct vcpu, se);
	struct cpu *cpu = this_cpu();

	vcpu_load(cpu, vcpu);
	while (ready(cpu, vcpu)) {
		if (unlikely(vmx_enter(vcpu->gpr, vcpu->launched))) {
			entry_refused(vcpu);
			continue;
		}
		vcpu->launched = true;
		vcpu_exit(vcpu);
	}
}

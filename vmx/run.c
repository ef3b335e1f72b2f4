/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of a running vCPU: ready? -> enter -> handler -> finish -> again.
 * What needs more than a look before an entry is in work.c. IF is 0 all the
 * way: an interrupt that arrives after the last look exits the guest at once.
 *
 * Every exit pays for what is in this file, so it reads one VMCS field before
 * the handler (the reason) and only what an instruction's end needs after it;
 * what is rare stands in functions of its own, out of the way of registers.
 */
#include "core/log.h"
#include "core/time.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define PENDING_DEBUG_BS	BIT(14)

#define __rare	__attribute__((noinline, cold))

static void __rare turn_timer_on(struct vcpu *vcpu)
{
	vcpu->timer_armed = true;
	vcpu_set_pin(vcpu, 0, PIN_PREEMPTION_TIMER);
}

/*
 * The guest's timer, the end of the slice (which arm_timer() sees), or what
 * was armed for one of them that has gone since.
 */
enum exit_result exit_preemption_timer(struct vcpu *vcpu)
{
	u64 slice_end = this_cpu()->sched.slice_end_tsc;

	vlapic_timer_check(&vcpu->lapic, time_now_tsc());
	if ((vlapic_deadline(&vcpu->lapic) & slice_end) == TIME_NEVER) {
		vcpu->timer_armed = false;
		vcpu_set_pin(vcpu, PIN_PREEMPTION_TIMER, 0);
	}
	return EXIT_RESUME;
}

/*
 * Arm the preemption timer for the guest's APIC timer or the end of the slice,
 * whichever comes first; false: the slice is over. With neither there is
 * nothing to arm and no exit. SDM 26.5.1: counts down at TSC >> shift.
 */
static inline bool arm_timer(const struct cpu *cpu, struct vcpu *vcpu)
{
	u64 slice_end = cpu->sched.slice_end_tsc;
	u64 deadline = vlapic_deadline(&vcpu->lapic);
	u64 now, count;

	/* Still armed: it may fire once, and its exit turns it off. */
	if ((deadline & slice_end) == TIME_NEVER)
		return true;
	now = rdtsc();
	if (unlikely(now >= slice_end))
		return false;
	deadline = min(deadline, slice_end);
	/* Rounded up; a passed deadline fires at once, through its exit. */
	count = 0;
	if (likely(now < deadline))
		count = ((deadline - now) >> vmx_caps.timer_shift) + 1;
	if (unlikely(!vcpu->timer_armed))
		turn_timer_on(vcpu);
	/* Too early is harmless: the exit arms it for the rest. */
	if (unlikely(count >> 32))
		count = UINT32_MAX;
	vmwrite32(VMCS_PREEMPTION_TIMER, (u32)count);
	return true;
}

static inline bool ready(struct cpu *cpu, struct vcpu *vcpu)
{
	const struct cpu_shared *shared = cpu->shared;

	if (unlikely(READ_ONCE(vcpu->se.requests) | vcpu->work) &&
	    !vcpu_work(cpu, vcpu))
		return false;
	if (unlikely(READ_ONCE(shared->requests) |
		     (uintptr_t)READ_ONCE(shared->incoming)))
		return false;
	return arm_timer(cpu, vcpu);
}

/* Only a 64-bit guest goes on beyond 4 GiB; others wrap. */
static void __rare skip_special(u64 rip, u32 blocking)
{
	u32 shadow = BLOCKING_BY_STI | BLOCKING_BY_MOV_SS;

	if (rip >> 32 && !vcpu_long64())
		rip = (u32)rip;
	vmwrite(VMCS_GUEST_RIP, rip);
	if (blocking & shadow)
		vmwrite32(VMCS_GUEST_INTERRUPTIBILITY, blocking & ~shadow);
	if (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF)
		vmwrite(VMCS_GUEST_PENDING_DEBUG,
			vmread(VMCS_GUEST_PENDING_DEBUG) | PENDING_DEBUG_BS);
}

/*
 * The instruction is done: move RIP on, end the one-instruction shadow of STI
 * and MOV SS, and let TF raise its trap; an exit leaves all three to the
 * hypervisor (SDM 28.3.4 "Saving Non-Register State").
 */
static inline void skip(u32 insn_len)
{
	u64 old = vmread(VMCS_GUEST_RIP), rip = old + insn_len;
	u32 blocking = vmread32(VMCS_GUEST_INTERRUPTIBILITY);
	u64 special = ((old ^ rip) >> 32) |
		      (blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)) |
		      (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF);

	if (unlikely(special))
		skip_special(rip, blocking);
	else
		vmwrite(VMCS_GUEST_RIP, rip);
}

void vcpu_skip(u32 insn_len)
{
	skip(insn_len);
}

static void stop_unhandled(struct vcpu *vcpu)
{
	u32 reason = vmread32(VMCS_EXIT_REASON);

	log_error("vmx", "%s vCPU %u: unhandled exit %u (%s)",
		  vcpu->vm->guest.name, vcpu->index, reason & 0xffff,
		  vmx_exit_name(reason));
	vcpu_dump(vcpu, "unhandled exit");
	guest_stop(&vcpu->vm->guest, GUEST_STOP_UNHANDLED, reason);
}

/* Other than EXIT_SKIP. */
static void __rare finish(struct vcpu *vcpu, enum exit_result result)
{
	if (result == EXIT_UD)
		inject_exception(vcpu, VECTOR_UD);
	else if (result == EXIT_GP)
		inject_exception_error(vcpu, VECTOR_GP, 0);
	else if (result == EXIT_STOP)
		stop_unhandled(vcpu);
}

/* The one place that moves RIP or raises what a handler asked for. */
static inline void handle_exit(struct vcpu *vcpu)
{
	u32 reason = (u16)vmread32(VMCS_EXIT_REASON);
	enum exit_result result = EXIT_STOP;

	if (likely(reason < VMX_EXIT_REASONS)) {
		/* Only this CPU writes it; readers do not mind a late value. */
		vcpu->exits[reason]++;
		if (likely(exit_handlers[reason]))
			result = exit_handlers[reason](vcpu);
	}
	if (likely(result == EXIT_SKIP))
		skip(vmread32(VMCS_EXIT_INSN_LEN));
	else if (result != EXIT_RESUME)
		finish(vcpu, result);
}

/* VMfail: a control or host field is wrong, which is a bug of ours. */
static void __rare entry_refused(struct vcpu *vcpu)
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
		handle_exit(vcpu);
	}
}

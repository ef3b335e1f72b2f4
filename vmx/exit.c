/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VM exits: one table of handlers by basic exit reason, one counter each, one
 * place that acts on the result. The reason is the only VMCS field read here;
 * handlers read what they need.
 */
#include "vmx/vcpu.h"

#include "core/log.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define PENDING_DEBUG_BS	BIT(14)

/* Instructions that the virtual CPU does not have. */
static enum exit_result exit_undefined(struct vcpu *vcpu)
{
	(void)vcpu;
	return EXIT_UD;
}

/* Nothing to do: the guest's memory is coherent, no device is assigned. */
static enum exit_result exit_nop(struct vcpu *vcpu)
{
	(void)vcpu;
	return EXIT_SKIP;
}

/* No performance counters in CPUID leaf 0xA: "#GP if ECX is invalid". */
static enum exit_result exit_rdpmc(struct vcpu *vcpu)
{
	(void)vcpu;
	return EXIT_GP;
}

/*
 * INIT and SIPI of the machine, not of the guest's APIC: nobody sends them to
 * a CPU that is up. The guest's state is untouched.
 */
static enum exit_result exit_ignore(struct vcpu *vcpu)
{
	(void)vcpu;
	return EXIT_RESUME;
}

static const exit_handler handlers[VMX_EXIT_REASONS] = {
	[EXIT_EXCEPTION_NMI] = exit_exception,
	[EXIT_EXTERNAL_INT] = exit_external_int,
	[EXIT_TRIPLE_FAULT] = exit_triple_fault,
	[EXIT_INIT] = exit_ignore,
	[EXIT_SIPI] = exit_ignore,
	[EXIT_NMI_WINDOW] = exit_nmi_window,
	[EXIT_CPUID] = exit_cpuid,
	[EXIT_GETSEC] = exit_undefined,
	[EXIT_HLT] = exit_hlt,
	[EXIT_INVD] = exit_nop,
	[EXIT_RDPMC] = exit_rdpmc,
	[EXIT_VMCALL] = exit_vmcall,
	[EXIT_VMCLEAR] = exit_undefined,
	[EXIT_VMLAUNCH] = exit_undefined,
	[EXIT_VMPTRLD] = exit_undefined,
	[EXIT_VMPTRST] = exit_undefined,
	[EXIT_VMREAD] = exit_undefined,
	[EXIT_VMRESUME] = exit_undefined,
	[EXIT_VMWRITE] = exit_undefined,
	[EXIT_VMXOFF] = exit_undefined,
	[EXIT_VMXON] = exit_undefined,
	[EXIT_CR] = exit_cr,
	[EXIT_IO] = exit_io,
	[EXIT_RDMSR] = exit_rdmsr,
	[EXIT_WRMSR] = exit_wrmsr,
	[EXIT_BAD_GUEST_STATE] = exit_bad_entry,
	[EXIT_BAD_MSR_LOAD] = exit_bad_entry,
	[EXIT_MWAIT] = exit_undefined,
	[EXIT_MONITOR] = exit_undefined,
	[EXIT_PAUSE] = exit_pause,
	[EXIT_ENTRY_MC] = exit_bad_entry,
	[EXIT_APIC_ACCESS] = exit_apic_access,
	[EXIT_VIRTUAL_EOI] = exit_virtual_eoi,
	[EXIT_EPT_VIOLATION] = exit_ept_violation,
	[EXIT_INVEPT] = exit_undefined,
	[EXIT_PREEMPTION_TIMER] = exit_preemption_timer,
	[EXIT_INVVPID] = exit_undefined,
	[EXIT_WBINVD] = exit_nop,
	[EXIT_XSETBV] = exit_xsetbv,
	[EXIT_APIC_WRITE] = exit_apic_write,
	[EXIT_VMFUNC] = exit_undefined,
	[EXIT_ENCLS] = exit_undefined,
};

/*
 * The instruction is done: move RIP on, end the one-instruction shadow of STI
 * and MOV SS, and let TF raise its trap (SDM 26.4.3 "VM-exit instruction
 * emulation" leaves all three to the hypervisor).
 */
void vcpu_skip(struct vcpu *vcpu, u32 insn_len)
{
	u64 rip = vmread(VMCS_GUEST_RIP) + insn_len;
	u32 blocking = vmread32(VMCS_GUEST_INTERRUPTIBILITY);
	(void)vcpu;

	/* Only a 64-bit guest goes on beyond 4 GiB; others wrap. */
	if (unlikely(rip >> 32) && !vcpu_long64())
		rip = (u32)rip;
	vmwrite(VMCS_GUEST_RIP, rip);
	if (unlikely(blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)))
		vmwrite32(VMCS_GUEST_INTERRUPTIBILITY,
			  blocking & ~(u32)(BLOCKING_BY_STI |
					    BLOCKING_BY_MOV_SS));
	if (unlikely(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF))
		vmwrite(VMCS_GUEST_PENDING_DEBUG,
			vmread(VMCS_GUEST_PENDING_DEBUG) | PENDING_DEBUG_BS);
}

static void stop_unhandled(struct vcpu *vcpu, u32 reason)
{
	log_error("vmx", "%s vCPU %u: unhandled exit %u (%s)",
		  vcpu->vm->guest.name, vcpu->index,
		  (u32)field_get(EXIT_REASON_BASIC, reason),
		  vmx_exit_name(reason));
	vcpu_dump(vcpu, "unhandled exit");
	guest_stop(&vcpu->vm->guest, GUEST_STOP_UNHANDLED, reason);
}

/* The one place that moves RIP or raises what a handler asked for. */
static void vcpu_finish(struct vcpu *vcpu, enum exit_result result, u32 reason)
{
	switch (result) {
	case EXIT_RESUME:
		break;
	case EXIT_SKIP:
		vcpu_skip(vcpu, vmread32(VMCS_EXIT_INSN_LEN));
		break;
	case EXIT_UD:
		inject_exception(vcpu, VECTOR_UD);
		break;
	case EXIT_GP:
		inject_exception_error(vcpu, VECTOR_GP, 0);
		break;
	case EXIT_STOP:
		stop_unhandled(vcpu, reason);
		break;
	}
}

void vcpu_exit(struct vcpu *vcpu)
{
	u32 reason = vmread32(VMCS_EXIT_REASON);
	u32 basic = (u16)reason;
	enum exit_result result = EXIT_STOP;

	if (likely(basic < VMX_EXIT_REASONS)) {
		/* Only this CPU writes it: no locked instruction needed. */
		WRITE_ONCE(vcpu->exits[basic], vcpu->exits[basic] + 1);
		if (likely(handlers[basic]))
			result = handlers[basic](vcpu);
	}
	if (likely(result == EXIT_SKIP))
		vcpu_skip(vcpu, vmread32(VMCS_EXIT_INSN_LEN));
	else
		vcpu_finish(vcpu, result, reason);
}

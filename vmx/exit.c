/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of exit handlers by basic exit reason, and the handlers that do
 * nothing but name a result. No entry: the VM stops with a dump.
 */
#include "vmx/vcpu.h"

#include <hw/vmx.h>

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

const exit_handler exit_handlers[VMX_EXIT_REASONS] = {
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

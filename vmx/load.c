/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Putting a vCPU on its CPU and taking it off. Between two vCPUs of one CPU
 * everything is exchanged that a guest can write and the VMCS does not hold;
 * across exits of the same vCPU nothing of it moves.
 */
#include "apic/notify.h"
#include "core/log.h"
#include "core/panic.h"
#include "vmx/cpuid.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

/* Guest whose code ran last on each CPU; owner CPU only. */
static u32 last_guest_id[MAX_CPUS];

static void save_registers(struct vcpu *vcpu)
{
	vcpu->cr2 = read_cr2();
	vcpu->dr0 = read_dr0();
	vcpu->dr1 = read_dr1();
	vcpu->dr2 = read_dr2();
	vcpu->dr3 = read_dr3();
	vcpu->dr6 = read_dr6();
	vcpu->msr.star = rdmsr(MSR_IA32_STAR);
	vcpu->msr.lstar = rdmsr(MSR_IA32_LSTAR);
	vcpu->msr.cstar = rdmsr(MSR_IA32_CSTAR);
	vcpu->msr.fmask = rdmsr(MSR_IA32_FMASK);
	vcpu->msr.kernel_gs_base = rdmsr(MSR_IA32_KERNEL_GS_BASE);
	if (vmx_caps.proc2 & PROC2_RDTSCP)
		vcpu->msr.tsc_aux = rdmsr(MSR_IA32_TSC_AUX);
	xstate_save(vcpu);
}

static void load_registers(const struct vcpu *vcpu)
{
	write_cr2(vcpu->cr2);
	write_dr0(vcpu->dr0);
	write_dr1(vcpu->dr1);
	write_dr2(vcpu->dr2);
	write_dr3(vcpu->dr3);
	write_dr6(vcpu->dr6);
	wrmsr(MSR_IA32_STAR, vcpu->msr.star);
	wrmsr(MSR_IA32_LSTAR, vcpu->msr.lstar);
	wrmsr(MSR_IA32_CSTAR, vcpu->msr.cstar);
	wrmsr(MSR_IA32_FMASK, vcpu->msr.fmask);
	wrmsr(MSR_IA32_KERNEL_GS_BASE, vcpu->msr.kernel_gs_base);
	if (vmx_caps.proc2 & PROC2_RDTSCP)
		wrmsr(MSR_IA32_TSC_AUX, vcpu->msr.tsc_aux);
	xstate_load(vcpu);
}

/*
 * What the guest asked for, and what this machine always has on. The host
 * runs with the guest's value: it only ever adds protection, so there is no
 * WRMSR on the exit path (with enhanced IBRS a mode change needs none).
 */
u64 vcpu_spec_ctrl(const struct vcpu *vcpu)
{
	return vcpu->msr.spec_ctrl | vmx_caps.spec_ctrl;
}

static void load_speculation(struct cpu *cpu, const struct vcpu *vcpu)
{
	u32 id = vcpu->vm->guest.id;

	/* What one VM taught the branch predictors must not steer another. */
	if (vmx_caps.has_ibpb && last_guest_id[cpu->index] != id)
		wrmsr(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	last_guest_id[cpu->index] = id;
	if (vmx_caps.has_spec_ctrl)
		wrmsr(MSR_IA32_SPEC_CTRL, vcpu_spec_ctrl(vcpu));
}

/* First time on its CPU: from here on this VMCS is active here only. */
static void first_load(struct vcpu *vcpu)
{
	/* Writes the state "clear" into the new VMCS; not yet current. */
	ASSERT(vmclear(vcpu->vmcs_hpa));
	ASSERT(vmptrld(vcpu->vmcs_hpa));
	if (vmx_caps.apicv >= APICV_PI && !notify_attach(&vcpu->lapic))
		log_warn("vmx", "%s vCPU %u: no notification vector is left "
			 "on CPU %u: done without posted interrupts",
			 vcpu->vm->guest.name, vcpu->index, vcpu->se.cpu);
	vmcs_build(vcpu);
	vcpu_reset(vcpu);
	vcpu->apic_mode = VLAPIC_OFF;
	apic_mode_update(vcpu);
	if (vcpu->entry)
		vcpu_start_entry(vcpu, vcpu->entry);
	else
		vcpu->work |= WORK_WAIT_SIPI;
	/* The VPID and the EPT root may have had an owner before. */
	vcpu->work |= WORK_FLUSH_VPID | WORK_FLUSH_EPT;
	vcpu->initialised = true;
}

void vcpu_load(struct cpu *cpu, struct vcpu *vcpu)
{
	struct vcpu *old = cpu->loaded_vcpu;
	bool shared;

	if (likely(old == vcpu))
		return;
	if (old) {
		save_registers(old);
		/* A blocked one is to be woken: its notifications go on. */
		if (old->se.state == SCHED_RUNNABLE)
			notify_preempt(&old->lapic);
	}
	cpu->loaded_vcpu = vcpu;
	load_registers(vcpu);
	load_speculation(cpu, vcpu);
	if (!vcpu->initialised)
		first_load(vcpu);
	else
		ASSERT(vmptrld(vcpu->vmcs_hpa));
	if (notify_load(&vcpu->lapic))
		vcpu->work |= WORK_SYNC;
	/* A spinning guest gives the CPU away only if somebody wants it. */
	shared = vcpu->se.next || cpu->sched.queue != &vcpu->se;
	vcpu_set_proc2(vcpu, PROC2_PLE,
		       shared ? vmx_caps.proc2 & PROC2_PLE : 0);
}

/*
 * Off this CPU for good. VMCLEAR writes cached fields back and makes the VMCS
 * inactive, so that its page may be freed.
 */
void vcpu_unload(struct cpu *cpu, struct vcpu *vcpu)
{
	notify_detach(&vcpu->lapic);
	if (cpu->loaded_vcpu == vcpu)
		cpu->loaded_vcpu = NULL;
	if (vcpu->initialised)
		ASSERT(vmclear(vcpu->vmcs_hpa));
	vcpu->initialised = false;
	vcpu->launched = false;
}

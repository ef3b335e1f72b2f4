/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMX operation per CPU (SDM 3 23.7 "Enabling and Entering VMX Operation",
 * 24.5 "VMXON Region").
 */
#include "core/cpu.h"
#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/paging.h"
#include "vmx/caps.h"
#include "vmx/vm.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

/* "MOV to CR0 or CR4 that violates the fixed bits raises #GP" */
static void set_fixed_bits(void)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4();

	cr0 |= rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	cr0 &= rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	cr4 |= CR4_VMXE | CR4_OSXSAVE | rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	cr4 &= rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	write_cr0(cr0);
	write_cr4(cr4);
}

/* Unlocked is what a CPU without firmware has: the bit is ours to set. */
static int enable_feature(void)
{
	u64 control = rdmsr(MSR_IA32_FEATURE_CONTROL);

	if (!(control & FEATURE_CONTROL_LOCK)) {
		control |= FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMXON;
		wrmsr(MSR_IA32_FEATURE_CONTROL, control);
	}
	if (control & FEATURE_CONTROL_VMXON)
		return 0;
	log_error("vmx", "CPU %u: VMX is locked off", this_cpu()->index);
	return fail(-EIO);
}

/* Caches of an earlier hypervisor may hold our EPT roots and VPIDs. */
static void flush_everything(void)
{
	const struct invept_desc ept = { 0 };
	const struct invvpid_desc vpid = { 0 };

	invept(INVEPT_ALL, &ept);
	invvpid(INVVPID_ALL, &vpid);
}

static void init_msrs(void)
{
	/* No supervisor state component is offered to guests. */
	if (vmx_caps.xsaves)
		wrmsr(MSR_IA32_XSS, 0);
	if (vmx_caps.has_spec_ctrl)
		wrmsr(MSR_IA32_SPEC_CTRL, vmx_caps.spec_ctrl);
}

int vmx_cpu_on(void)
{
	struct cpu *cpu = this_cpu();
	u32 *region = page_alloc();

	if (!region)
		return fail(-ENOMEM);
	if (enable_feature())
		goto err_free;
	set_fixed_bits();
	init_msrs();
	region[0] = vmx_caps.revision;
	cpu->vmxon_hpa = virt_to_hpa(region);
	if (!vmxon(cpu->vmxon_hpa)) {
		log_error("vmx", "CPU %u: VMXON failed", cpu->index);
		goto err_off;
	}
	flush_everything();
	cpu->loaded_vcpu = NULL;
	return 0;

err_off:
	cpu->vmxon_hpa = 0;
err_free:
	page_free(region);
	return fail(-EIO);
}

void vmx_cpu_off(void)
{
	struct cpu *cpu = this_cpu();

	if (!cpu->vmxon_hpa)
		return;
	vmxoff();
	write_cr4(read_cr4() & ~CR4_VMXE);
	cpu->vmxon_hpa = 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Controls and host state of a VMCS (SDM 3 chapter 25 "Virtual-Machine Control
 * Structures"). Every field that the controls make relevant is written: a new
 * VMCS holds nothing defined. Guest state is in reset.c.
 */
#include "core/gdt.h"
#include "core/idt.h"
#include "core/paging.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

/* PAUSE loops in ring 0: up to GAP apart is one loop, WINDOW long exits. */
#define PLE_GAP		128
#define PLE_WINDOW	4096

/* No supervisor component is offered: XSAVES never has to exit. */
#define XSS_EXIT_NONE	0

void vmcs_set_host_rsp(u64 rsp)
{
	vmwrite(VMCS_HOST_RSP, rsp);
}

static void build_host(void)
{
	struct cpu *cpu = this_cpu();

	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, read_cr3());
	vmwrite(VMCS_HOST_CR4, read_cr4());
	vmwrite16(VMCS_HOST_CS, GDT_CODE);
	vmwrite16(VMCS_HOST_SS, GDT_DATA);
	/* Null selectors leave the data segments unusable, which is fine. */
	vmwrite16(VMCS_HOST_DS, 0);
	vmwrite16(VMCS_HOST_ES, 0);
	vmwrite16(VMCS_HOST_FS, 0);
	vmwrite16(VMCS_HOST_GS, 0);
	vmwrite16(VMCS_HOST_TR, GDT_TSS);
	vmwrite(VMCS_HOST_FS_BASE, 0);
	vmwrite(VMCS_HOST_GS_BASE, (u64)cpu);
	vmwrite(VMCS_HOST_TR_BASE, tss_base(cpu));
	vmwrite(VMCS_HOST_GDTR_BASE, gdt_base(cpu));
	vmwrite(VMCS_HOST_IDTR_BASE, idt_base());
	vmwrite32(VMCS_HOST_SYSENTER_CS, 0);
	vmwrite(VMCS_HOST_SYSENTER_ESP, 0);
	vmwrite(VMCS_HOST_SYSENTER_EIP, 0);
	vmwrite64(VMCS_HOST_PAT, rdmsr(MSR_IA32_PAT));
	vmwrite64(VMCS_HOST_EFER, rdmsr(MSR_IA32_EFER));
	vmwrite(VMCS_HOST_RIP, (u64)vmx_exit);
}

static void build_controls(struct vcpu *vcpu)
{
	/* These three change at run time; see vcpu_set_*(). */
	vcpu->pin_ctls = vmx_caps.pin & ~(PIN_PREEMPTION_TIMER |
					  PIN_POSTED_INT);
	vcpu->proc_ctls = vmx_caps.proc & ~(PROC_NMI_WINDOW | PROC_TERTIARY);
	vcpu->proc2_ctls = vmx_caps.proc2 &
		~(PROC2_VIRT_APIC_ACCESS | PROC2_VIRT_X2APIC | PROC2_PLE);
	if (vcpu->lapic.notify_vector)
		vcpu->pin_ctls |= PIN_POSTED_INT;
	vmwrite32(VMCS_PIN_CTLS, vcpu->pin_ctls);
	vmwrite32(VMCS_PROC_CTLS, vcpu->proc_ctls);
	vmwrite32(VMCS_PROC2_CTLS, vcpu->proc2_ctls);
	vmwrite32(VMCS_EXIT_CTLS, vmx_caps.exit);
	/* IA-32e mode guest follows EFER.LMA: reset.c and exit_cr.c. */
	vmwrite32(VMCS_ENTRY_CTLS, vmx_caps.entry & ~ENTRY_CTL_IA32E);
	/*
	 * #DB and #AC are caught and given back, because a guest can make the
	 * delivery of either raise the same again for ever (CVE-2015-5307,
	 * CVE-2015-8104), and the loop inside the CPU would never exit.
	 */
	vmwrite32(VMCS_EXCEPTION_BITMAP,
		  BIT(VECTOR_DB) | BIT(VECTOR_AC) | BIT(VECTOR_MC));
	vmwrite32(VMCS_PF_ERROR_MASK, 0);
	vmwrite32(VMCS_PF_ERROR_MATCH, 0);
	vmwrite32(VMCS_CR3_TARGET_COUNT, 0);
	vmwrite32(VMCS_EXIT_MSR_STORE_COUNT, 0);
	vmwrite32(VMCS_EXIT_MSR_LOAD_COUNT, 0);
	vmwrite32(VMCS_ENTRY_MSR_LOAD_COUNT, 0);
	vmwrite32(VMCS_ENTRY_INT_INFO, 0);
	vmwrite32(VMCS_TPR_THRESHOLD, 0);
	if (vmx_caps.proc2 & PROC2_PLE) {
		vmwrite32(VMCS_PLE_GAP, PLE_GAP);
		vmwrite32(VMCS_PLE_WINDOW, PLE_WINDOW);
	}
	if (vmx_caps.proc2 & PROC2_XSAVES)
		vmwrite64(VMCS_XSS_EXITING, XSS_EXIT_NONE);
}

static void build_addresses(const struct vcpu *vcpu)
{
	const struct vm *vm = vcpu->vm;
	u64 io_hpa = virt_to_hpa(vm->io_bitmap);

	vmwrite16(VMCS_VPID, vcpu->vpid);
	vmwrite64(VMCS_EPTP, vm->eptp);
	vmwrite64(VMCS_IO_BITMAP_A, io_hpa);
	vmwrite64(VMCS_IO_BITMAP_B, io_hpa + PAGE_SIZE);
	vmwrite64(VMCS_MSR_BITMAP, virt_to_hpa(vm->msr_bitmap_xapic));
	vmwrite64(VMCS_TSC_OFFSET, vcpu->lapic.tsc_offset);
	vmwrite64(VMCS_VIRTUAL_APIC, vcpu->lapic.page_hpa);
	vmwrite64(VMCS_APIC_ACCESS, virt_to_hpa(vm->apic_access));
	for (u32 i = 0; i < 4; i++)
		vmwrite64(VMCS_EOI_EXIT_BITMAP(i), 0);
	/* "If the pointer is all ones, there is no shadow VMCS" */
	vmwrite64(VMCS_LINK_POINTER, ~0ull);
}

/*
 * The controls themselves: posted interrupts in build_controls(), IPI
 * virtualization with the APIC's mode in apic_mode_update().
 */
static void build_posting(const struct vcpu *vcpu)
{
	const struct apic_domain *d = &vcpu->vm->apic;

	if (!vcpu->lapic.notify_vector)
		return;
	vmwrite16(VMCS_POSTED_INT_NV, vcpu->lapic.notify_vector);
	vmwrite64(VMCS_POSTED_INT_DESC, vcpu->lapic.pid_hpa);
	if (vmx_caps.apicv < APICV_IPIV)
		return;
	vmwrite64(VMCS_TERTIARY_CTLS, PROC3_IPI_VIRT);
	vmwrite64(VMCS_PID_POINTER_TABLE, d->pid_table_hpa);
	vmwrite16(VMCS_LAST_PID_POINTER_INDEX,
		  (u16)(d->pid_table_entries - 1));
}

void vmcs_build(struct vcpu *vcpu)
{
	build_host();
	build_controls(vcpu);
	build_posting(vcpu);
	build_addresses(vcpu);
	cr_masks_init(vcpu);
}

void vcpu_set_pin(struct vcpu *vcpu, u32 clear, u32 set)
{
	u32 ctls = (vcpu->pin_ctls & ~clear) | set;

	if (ctls != vcpu->pin_ctls)
		vmwrite32(VMCS_PIN_CTLS, ctls);
	vcpu->pin_ctls = ctls;
}

void vcpu_set_proc(struct vcpu *vcpu, u32 clear, u32 set)
{
	u32 ctls = (vcpu->proc_ctls & ~clear) | set;

	if (ctls != vcpu->proc_ctls)
		vmwrite32(VMCS_PROC_CTLS, ctls);
	vcpu->proc_ctls = ctls;
}

void vcpu_set_proc2(struct vcpu *vcpu, u32 clear, u32 set)
{
	u32 ctls = (vcpu->proc2_ctls & ~clear) | set;

	if (ctls != vcpu->proc2_ctls)
		vmwrite32(VMCS_PROC2_CTLS, ctls);
	vcpu->proc2_ctls = ctls;
}

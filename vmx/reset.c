/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest state of a vCPU at its beginnings: INIT (SDM 3 10.1.1 "Processor State
 * After Reset"), the SIPI that follows (real-address mode at vector << 12),
 * and the entry points of the boot protocols.
 */
#include "core/string.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define AR_REAL_CODE	0x9b	/* P, S, execute/read, accessed */
#define AR_REAL_DATA	0x93
#define AR_FLAT_CODE32	(0x9b | AR_DB | AR_G)
#define AR_FLAT_CODE64	(0x9b | AR_L | AR_G)
#define AR_FLAT_DATA	(0x93 | AR_DB | AR_G)
#define AR_LDT		0x82
#define AR_BUSY_TSS	0x8b	/* 32-bit, and 64-bit in IA-32e mode */
#define LIMIT_REAL	0xffff
#define LIMIT_FLAT	0xffffffff
#define LIMIT_TSS	0x67

#define CR0_AFTER_INIT	(CR0_ET | CR0_NW | CR0_CD)
#define DR6_INIT	0xffff0ff0
#define DR7_INIT	0x400
#define PAT_INIT	0x0007040600070406
#define RESET_RIP	0xfff0

static void set_segment(enum segment s, u16 selector, u64 base, u32 limit,
			u32 ar)
{
	vmwrite16(VMCS_GUEST_SELECTOR(s), selector);
	vmwrite(VMCS_GUEST_BASE(s), base);
	vmwrite32(VMCS_GUEST_LIMIT(s), limit);
	vmwrite32(VMCS_GUEST_AR(s), ar);
}

static void reset_segments(void)
{
	set_segment(SEG_CS, 0xf000, 0xffff0000, LIMIT_REAL, AR_REAL_CODE);
	for (u32 s = SEG_ES; s <= SEG_GS; s++) {
		if (s != SEG_CS)
			set_segment(s, 0, 0, LIMIT_REAL, AR_REAL_DATA);
	}
	set_segment(SEG_LDTR, 0, 0, LIMIT_REAL, AR_LDT);
	set_segment(SEG_TR, 0, 0, LIMIT_REAL, AR_BUSY_TSS);
	vmwrite(VMCS_GUEST_GDTR_BASE, 0);
	vmwrite32(VMCS_GUEST_GDTR_LIMIT, LIMIT_REAL);
	vmwrite(VMCS_GUEST_IDTR_BASE, 0);
	vmwrite32(VMCS_GUEST_IDTR_LIMIT, LIMIT_REAL);
}

/* The machine's CR0 and CR4 differ from what the guest reads: exit_cr.c. */
static void set_cr(u64 cr0, u64 cr4)
{
	u64 kept = read_cr4() & CR4_MCE;

	vmwrite(VMCS_GUEST_CR0, (cr0 & ~(CR0_CD | CR0_NW)) | CR0_NE);
	vmwrite(VMCS_CR0_SHADOW, cr0);
	vmwrite(VMCS_GUEST_CR4, cr4 | CR4_VMXE | kept);
	vmwrite(VMCS_CR4_SHADOW, cr4);
}

static void reset_registers(struct vcpu *vcpu)
{
	struct cpuid_regs r;

	memset(vcpu->gpr, 0, 16 * sizeof(vcpu->gpr[0]));
	/* "EDX: 0 followed by the family, model and stepping" */
	cpuid(1, 0, &r);
	vcpu->gpr[RDX] = r.eax;
	vmwrite(VMCS_GUEST_RSP, 0);
	vmwrite(VMCS_GUEST_RIP, RESET_RIP);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
	vmwrite(VMCS_GUEST_CR3, 0);
	vmwrite(VMCS_GUEST_DR7, DR7_INIT);
	write_cr2(0);
	write_dr0(0);
	write_dr1(0);
	write_dr2(0);
	write_dr3(0);
	write_dr6(DR6_INIT);
}

static void reset_system(void)
{
	vmwrite64(VMCS_GUEST_EFER, 0);
	vmwrite32(VMCS_ENTRY_CTLS,
		  vmread32(VMCS_ENTRY_CTLS) & ~(u32)ENTRY_CTL_IA32E);
	vmwrite64(VMCS_GUEST_PAT, PAT_INIT);
	vmwrite64(VMCS_GUEST_DEBUGCTL, 0);
	vmwrite32(VMCS_GUEST_SYSENTER_CS, 0);
	vmwrite(VMCS_GUEST_SYSENTER_ESP, 0);
	vmwrite(VMCS_GUEST_SYSENTER_EIP, 0);
	for (u32 i = 0; i < 4; i++)
		vmwrite64(VMCS_GUEST_PDPTE(i), 0);
	vmwrite32(VMCS_GUEST_INTERRUPTIBILITY, 0);
	/* Never anything but active: HLT and wait-for-SIPI are in software. */
	vmwrite32(VMCS_GUEST_ACTIVITY, 0);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	vmwrite16(VMCS_GUEST_INT_STATUS, 0);
	vmwrite32(VMCS_ENTRY_INT_INFO, 0);
}

/* The vCPU is loaded. MSRs, XCR0 and extended state survive an INIT. */
void vcpu_reset(struct vcpu *vcpu)
{
	reset_segments();
	reset_registers(vcpu);
	reset_system();
	set_cr(CR0_AFTER_INIT, 0);
	vcpu_set_proc(vcpu, PROC_NMI_WINDOW, 0);
	vcpu->work &= ~(WORK_EVENT | WORK_NMI | WORK_NMI2 | WORK_HALTED);
	vcpu->work |= WORK_FLUSH_VPID | WORK_SYNC;
}

void vcpu_start_sipi(struct vcpu *vcpu, u8 vector)
{
	set_segment(SEG_CS, (u16)(vector << 8), (u64)vector << 12, LIMIT_REAL,
		    AR_REAL_CODE);
	vmwrite(VMCS_GUEST_RIP, 0);
	vcpu->work &= ~WORK_WAIT_SIPI;
}

static void start_protected(const struct guest_entry *e, u32 code_ar)
{
	set_segment(SEG_CS, e->cs, 0, LIMIT_FLAT, code_ar);
	for (u32 s = SEG_ES; s <= SEG_GS; s++) {
		if (s != SEG_CS)
			set_segment(s, e->ds, 0, LIMIT_FLAT, AR_FLAT_DATA);
	}
	set_segment(SEG_LDTR, 0, 0, 0, AR_UNUSABLE);
	set_segment(SEG_TR, 0, 0, LIMIT_TSS, AR_BUSY_TSS);
	vmwrite(VMCS_GUEST_GDTR_BASE, e->gdt_gpa);
	vmwrite32(VMCS_GUEST_GDTR_LIMIT, e->gdt_limit);
}

/* After vcpu_reset(). Linux wants a stack of its own; RSP stays 0. */
void vcpu_start_entry(struct vcpu *vcpu, const struct guest_entry *e)
{
	vcpu->gpr[RAX] = e->rax;
	vcpu->gpr[RBX] = e->rbx;
	vcpu->gpr[RSI] = e->rsi;
	vcpu->gpr[RDX] = 0;
	vmwrite(VMCS_GUEST_RIP, e->rip);
	if (e->mode == ENTRY_PROTECTED_32) {
		start_protected(e, AR_FLAT_CODE32);
		set_cr(CR0_PE | CR0_ET | CR0_NE, 0);
		return;
	}
	start_protected(e, AR_FLAT_CODE64);
	set_cr(CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG, CR4_PAE);
	vmwrite(VMCS_GUEST_CR3, e->cr3);
	vmwrite64(VMCS_GUEST_EFER, EFER_LME | EFER_LMA);
	vmwrite32(VMCS_ENTRY_CTLS,
		  vmread32(VMCS_ENTRY_CTLS) | (u32)ENTRY_CTL_IA32E);
}

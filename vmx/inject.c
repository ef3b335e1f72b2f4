/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event injection (SDM 27.6 "Event Injection"): exceptions that handlers
 * raise, deliveries that an exit interrupted (27.2.4, 28.2.4 "Information for
 * VM Exits During Event Delivery"), and NMIs. One event waits at most; maskable
 * interrupts never come here, virtual-interrupt delivery brings them.
 */
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

enum fault_class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

/* SDM 3 table 6-4 "Interrupt and Exception Classes". */
static enum fault_class classify(u8 vector)
{
	switch (vector) {
	case VECTOR_DE:
	case VECTOR_TS:
	case VECTOR_NP:
	case VECTOR_SS:
	case VECTOR_GP:
	case VECTOR_CP:
		return CONTRIBUTORY;
	case VECTOR_PF:
	case VECTOR_VE:
		return PAGE_FAULT;
	case VECTOR_DF:
		return DOUBLE_FAULT;
	default:
		return BENIGN;
	}
}

enum combined { SERIAL, DOUBLE, TRIPLE };

/* SDM 3 table 6-5 "Conditions for Generating a Double Fault". */
static enum combined combine(enum fault_class first, enum fault_class second)
{
	if (first == BENIGN || second == BENIGN)
		return SERIAL;
	if (first == DOUBLE_FAULT)
		return TRIPLE;
	if (first == CONTRIBUTORY && second == PAGE_FAULT)
		return SERIAL;
	return DOUBLE;
}

static bool is_hw_exception(u32 info)
{
	return (info & INT_INFO_VALID) &&
	       field_get(INT_INFO_TYPE, info) == INT_TYPE_HW_EXCEPTION;
}

static void set_event(struct vcpu *vcpu, u32 info, u32 error, u32 insn_len)
{
	vcpu->event = (struct vcpu_event){ info, error, insn_len };
	vcpu->work |= WORK_EVENT;
}

/*
 * "Faults set RF in the pushed image of EFLAGS": the CPU does so for its own,
 * not for those that VM entry delivers. #DB may be a trap.
 */
static void set_rf(u8 vector)
{
	if (vector != VECTOR_DB && vector != VECTOR_DF)
		vmwrite(VMCS_GUEST_RFLAGS,
			vmread(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
}

static void inject(struct vcpu *vcpu, u8 vector, bool has_error, u32 error)
{
	u32 info = INT_INFO_VALID | vector |
		   field_prep(INT_INFO_TYPE, INT_TYPE_HW_EXCEPTION);
	enum combined c = SERIAL;

	if ((vcpu->work & WORK_EVENT) && is_hw_exception(vcpu->event.info))
		c = combine(classify(vcpu->event.info & INT_INFO_VECTOR),
			    classify(vector));
	if (c == TRIPLE) {
		guest_stop(&vcpu->vm->guest, GUEST_STOP_TRIPLE_FAULT, 0);
		return;
	}
	if (c == DOUBLE) {
		vector = VECTOR_DF;
		has_error = true;
		error = 0;
		info = field_set(INT_INFO_VECTOR, info, VECTOR_DF);
	}
	/* "deliver-error-code ... if bit 0 (PE) in the CR0 field is set" */
	if (has_error && (vmread(VMCS_GUEST_CR0) & CR0_PE))
		info |= INT_INFO_ERROR;
	set_rf(vector);
	set_event(vcpu, info, error, 0);
}

void inject_exception(struct vcpu *vcpu, u8 vector)
{
	inject(vcpu, vector, false, 0);
}

void inject_exception_error(struct vcpu *vcpu, u8 vector, u32 error)
{
	inject(vcpu, vector, true, error);
}

void inject_page_fault(struct vcpu *vcpu, u64 gva, u32 error)
{
	write_cr2(gva);
	inject(vcpu, VECTOR_PF, true, error);
}

/*
 * After exits that can interrupt the delivery of an event (exceptions, EPT
 * violations, APIC accesses): deliver it again at the next entry.
 */
bool inject_requeue(struct vcpu *vcpu)
{
	u32 info = vmread32(VMCS_IDT_VECTORING_INFO);
	u32 type = field_get(INT_INFO_TYPE, info);
	u32 error = 0, insn_len = 0;

	if (!(info & INT_INFO_VALID))
		return false;
	info &= ~INT_INFO_NMI_UNBLOCK;	/* undefined here, reserved there */
	if (info & INT_INFO_ERROR)
		error = vmread32(VMCS_IDT_VECTORING_ERROR);
	/* RIP still points to INT n, INT1, INT3, INTO: push RIP + length. */
	if (type >= INT_TYPE_SW_INT)
		insn_len = vmread32(VMCS_EXIT_INSN_LEN);
	/* "blocking by NMI must be 0 ... injecting an NMI" sets it again. */
	if (type == INT_TYPE_NMI)
		vmwrite32(VMCS_GUEST_INTERRUPTIBILITY,
			  vmread32(VMCS_GUEST_INTERRUPTIBILITY) &
				  ~(u32)BLOCKING_BY_NMI);
	set_event(vcpu, info, error, insn_len);
	return true;
}

static void inject_event(struct vcpu *vcpu)
{
	const struct vcpu_event *e = &vcpu->event;

	if (e->info & INT_INFO_ERROR)
		vmwrite32(VMCS_ENTRY_ERROR_CODE, e->error);
	if (field_get(INT_INFO_TYPE, e->info) >= INT_TYPE_SW_INT)
		vmwrite32(VMCS_ENTRY_INSN_LEN, e->insn_len);
	vmwrite32(VMCS_ENTRY_INT_INFO, e->info);
	vcpu->work &= ~WORK_EVENT;
}

/* One NMI is latched while another is handled, as in the CPU. */
static void inject_nmi(struct vcpu *vcpu)
{
	u32 blocked = BLOCKING_BY_NMI | BLOCKING_BY_MOV_SS | BLOCKING_BY_STI;

	if (vmread32(VMCS_GUEST_INTERRUPTIBILITY) & blocked) {
		vcpu_set_proc(vcpu, 0, PROC_NMI_WINDOW);
		return;
	}
	vmwrite32(VMCS_ENTRY_INT_INFO, INT_INFO_VALID | VECTOR_NMI |
		  (u32)field_prep(INT_INFO_TYPE, INT_TYPE_NMI));
	if (vcpu->work & WORK_NMI2) {
		/* The second is due when the handler of this one returns. */
		vcpu->work &= ~WORK_NMI2;
		vcpu_set_proc(vcpu, 0, PROC_NMI_WINDOW);
		return;
	}
	vcpu->work &= ~WORK_NMI;
	vcpu_set_proc(vcpu, PROC_NMI_WINDOW, 0);
}

void inject_before_entry(struct vcpu *vcpu)
{
	/* Written, but then the vCPU was taken off its CPU instead. */
	bool waiting = vmread32(VMCS_ENTRY_INT_INFO) & INT_INFO_VALID;

	if (!waiting && !(vcpu->work & WORK_EVENT)) {
		inject_nmi(vcpu);
		return;
	}
	if (vcpu->work & WORK_EVENT)
		inject_event(vcpu);
	/* The NMI's turn is when the event has been delivered. */
	if (vcpu->work & WORK_NMI)
		vcpu_set_proc(vcpu, 0, PROC_NMI_WINDOW);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IDT (SDM vol. 3 6.14 "Exception and Interrupt Handling in 64-bit Mode") and
 * what VMX root does about exceptions: go on at a fixup, or panic.
 */
#include "core/idt.h"

#include <hw/cpu.h>
#include <hw/msr.h>

#include "core/gdt.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/panic.h"

#define GATES		256
#define STUB_BYTES	16	/* core/isr.S aligns each stub to that */
#define FIRST_IRQ	32

#define GATE_OFFSET_15_0	BITS(15, 0)
#define GATE_SELECTOR		BITS(31, 16)
#define GATE_IST		BITS(34, 32)
#define GATE_TYPE		BITS(43, 40)
#define GATE_PRESENT		BIT(47)
#define GATE_OFFSET_31_16	BITS(63, 48)
#define TYPE_INTERRUPT_GATE	0xe

#define MCG_CAP_COUNT	BITS(7, 0)
#define MCI_STATUS_VAL	BIT(63)

struct gate {
	u64 low, high;
};

struct fixup {
	u64 from, to;
};

extern const u8 isr_stubs[];
extern const struct fixup fixup_start[], fixup_end[];

static struct gate idt[GATES] __ro_after_init __aligned(16);

static const char *const exception_names[FIRST_IRQ] = {
	[VECTOR_DE] = "#DE divide error",
	[VECTOR_DB] = "#DB debug",
	[VECTOR_NMI] = "NMI",
	[VECTOR_BP] = "#BP breakpoint",
	[4] = "#OF overflow",
	[5] = "#BR bound range",
	[VECTOR_UD] = "#UD invalid opcode",
	[VECTOR_NM] = "#NM no FPU",
	[VECTOR_DF] = "#DF double fault",
	[VECTOR_TS] = "#TS invalid TSS",
	[VECTOR_NP] = "#NP segment not present",
	[VECTOR_SS] = "#SS stack segment",
	[VECTOR_GP] = "#GP general protection",
	[VECTOR_PF] = "#PF page fault",
	[VECTOR_MF] = "#MF x87 error",
	[VECTOR_AC] = "#AC alignment check",
	[VECTOR_MC] = "#MC machine check",
	[VECTOR_XM] = "#XM SIMD error",
	[VECTOR_VE] = "#VE virtualization",
	[VECTOR_CP] = "#CP control protection",
};

static void set_gate(u8 vector, u8 ist)
{
	u64 stub = (u64)isr_stubs + (u64)vector * STUB_BYTES;

	idt[vector].low = field_prep(GATE_OFFSET_15_0, stub & 0xffff) |
			  field_prep(GATE_SELECTOR, GDT_CODE) |
			  field_prep(GATE_IST, ist) |
			  field_prep(GATE_TYPE, TYPE_INTERRUPT_GATE) |
			  GATE_PRESENT |
			  field_prep(GATE_OFFSET_31_16, stub >> 16 & 0xffff);
	idt[vector].high = stub >> 32;
}

void idt_init(void)
{
	for (u32 v = 0; v < GATES; v++)
		set_gate((u8)v, 0);
	set_gate(VECTOR_NMI, IST_NMI);
	set_gate(VECTOR_DF, IST_DF);
	set_gate(VECTOR_MC, IST_MC);
}

void idt_load(void)
{
	struct desc_ptr ptr = {
		.limit = sizeof(idt) - 1,
		.base = (u64)idt,
	};

	lidt(&ptr);
}

u64 idt_base(void)
{
	return (u64)idt;
}

static bool apply_fixup(struct exception_frame *frame)
{
	for (const struct fixup *f = fixup_start; f < fixup_end; f++) {
		if (f->from == frame->rip) {
			frame->rip = f->to;
			return true;
		}
	}
	return false;
}

/* SDM 16.3 "Machine-Check MSRs": say what each bank has, then give up. */
static void machine_check(const struct exception_frame *frame)
{
	u64 banks = 0, value;

	if (rdmsr_safe(MSR_IA32_MCG_CAP, &banks))
		banks = 0;
	for (u32 i = 0; i < field_get(MCG_CAP_COUNT, banks); i++) {
		if (rdmsr_safe(MSR_IA32_MC0_STATUS + 4 * i, &value) ||
		    !(value & MCI_STATUS_VAL))
			continue;
		log_error("mce", "bank %u: status %llx", i,
			  (unsigned long long)value);
	}
	panic_exception(frame, exception_names[VECTOR_MC]);
}

static void exception(struct exception_frame *frame)
{
	const char *name = exception_names[frame->vector];

	if (frame->vector == VECTOR_NMI) {
		if (!panic_take_nmi(frame))
			this_cpu()->nmi_count++;
		return;
	}
	if (frame->vector == VECTOR_MC)
		machine_check(frame);
	if (frame->vector == VECTOR_GP && apply_fixup(frame))
		return;
	panic_exception(frame, name ? name : "reserved exception");
}

void interrupt_entry(struct exception_frame *frame)
{
	if (frame->vector >= FIRST_IRQ)
		irq_dispatch((u8)frame->vector);
	else
		exception(frame);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IDT, one for all CPUs, and the exceptions of VMX root. GS base is the
 * CPU's at every moment in root (SWAPGS is never used and VM exit reloads it),
 * so an NMI may come anywhere.
 */
#ifndef CORE_IDT_H
#define CORE_IDT_H

#include "core/types.h"

/* As core/isr.S pushes it: registers, vector, then what the CPU pushed. */
struct exception_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector;
	u64 error;		/* 0 where the CPU pushes none */
	u64 rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct exception_frame) == 22 * 8, "as pushed");

/* Boot CPU, once: fill the gates. */
void idt_init(void);
/* Each CPU. */
void idt_load(void);
u64 idt_base(void);

/* From core/isr.S, every vector. */
void interrupt_entry(struct exception_frame *frame);

/* core/panic.c: an exception that nothing explains. */
_Noreturn void panic_exception(const struct exception_frame *frame,
			       const char *name);
/* core/panic.c: NMI; returns false when no panic sent it. */
bool panic_take_nmi(const struct exception_frame *frame);

#endif

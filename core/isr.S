/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt and exception entry. Only root interrupts come here, with the
 * CPU's own GS base and in ring 0: no SWAPGS, no stack switch but IST.
 */
#include "asm_offsets.h"
#include "core/gdt.h"

	.text

/*
 * One stub of 16 bytes for each vector: push 0 where the CPU pushes no error
 * code, push the vector, go on.
 */
	.balign 16
	.globl isr_stubs
isr_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if (vector == 8) || (vector >= 10 && vector <= 14) || \
	    (vector == 17) || (vector == 21)
	.else
	pushq $0
	.endif
	pushq $vector
	jmp isr_common
	.set vector, vector + 1
	.endr

/*
 * In: struct exception_frame from `vector` up on the stack, IF=0.
 * Out: IRET. All registers as they were but those that the handler changed
 * in the frame.
 */
isr_common:
	cld
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	/* The CPU aligned RSP before its five words; 22 words keep it so. */
	mov %rsp, %rdi
	call interrupt_entry
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rbp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rbx
	pop %rax
	add $FRAME_VECTOR_ERROR_BYTES, %rsp
	iretq

/*
 * void gdt_reload_segments(void)
 * In: the new GDT is loaded. Out: CS and SS are its flat segments; DS, ES, FS
 * and GS are null, as VM exit leaves them. GS base is kept: loading the GS
 * selector would clear it on Intel, so it is not loaded.
 */
	.globl gdt_reload_segments
gdt_reload_segments:
	mov $GDT_DATA, %eax
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	pop %rdx
	pushq $GDT_CODE
	push %rdx
	lretq

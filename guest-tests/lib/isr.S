/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 256 interrupt stubs of 16 bytes each, the common path to trap_entry(), and
 * the two halves of TRAP_OF(). Mode: long mode, any CPL, any IST.
 */
#include "lib/layout.h"

	.text
	.balign	16
	.globl isr_stubs
isr_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	/* #DF, #TS to #PF, #AC and #CP come with an error code. */
	.set	has_error, (vector == 8) | (vector == 17) | (vector == 21)
	.set	has_error, has_error | ((vector >= 10) & (vector <= 14))
	.if	has_error
	.else
	pushq	$0
	.endif
	pushq	$vector
	jmp	isr_common
	.set	vector, vector + 1
	.endr

isr_common:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	cld
	call	trap_entry
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

/*
 * int catch_save(struct catcher *): like setjmp. Returns 0; after a trap,
 * trap_entry() makes it return a second time, with 1.
 */
	.globl catch_save
catch_save:
	mov	%rbx, 0(%rdi)
	mov	%rbp, 8(%rdi)
	mov	%r12, 16(%rdi)
	mov	%r13, 24(%rdi)
	mov	%r14, 32(%rdi)
	mov	%r15, 40(%rdi)
	lea	8(%rsp), %rax
	mov	%rax, 48(%rdi)
	mov	(%rsp), %rax
	mov	%rax, 56(%rdi)
	pushfq
	pop	64(%rdi)
	xor	%eax, %eax
	ret

/*
 * void user_enter(fn, arg, stack, rflags): calls fn(arg) at CPL 3. Comes back
 * by INT VEC_USER_RETURN, which TRAP_OF() around it catches.
 */
	.globl user_enter
user_enter:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	sub	$8, %rdx
	movq	$user_return, (%rdx)
	pushq	$SEL_USER_DATA | 3
	push	%rdx
	push	%rcx
	pushq	$SEL_USER_CODE | 3
	push	%rax
	iretq
user_return:
	int	$VEC_USER_RETURN
	ud2

	.section .note.GNU-stack, "", @progbits

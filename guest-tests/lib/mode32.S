/* SPDX-License-Identifier: BSD-2-Clause */
/* Out of long mode, into 32-bit protected mode, and back. IF=0 throughout. */
#include "lib/layout.h"

	.text
/*
 * u32 mode_run32(u32 fn, u32 cr3, u32 cr4_bits): leaves long mode, loads the
 * paging given (cr3 = 0: none), calls fn in 32-bit code, comes back to long
 * mode with CR4 as before, and returns the EAX of fn.
 */
	.globl	mode_run32
mode_run32:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%cr4, %rax
	push	%rax
	mov	%rsp, saved_rsp
	mov	%edx, %ebp
	pushq	$SEL_CODE32
	pushq	$1f
	lretq
	.code32
1:	mov	$SEL_DATA, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	mov	%cr0, %eax
	and	$0x7fffffff, %eax
	mov	%eax, %cr0
	mov	$0xc0000080, %ecx
	rdmsr
	and	$~0x100, %eax
	wrmsr
	mov	%cr4, %eax
	and	$~0x20, %eax
	or	%ebp, %eax
	mov	%eax, %cr4
	test	%esi, %esi
	jz	2f
	mov	%esi, %cr3
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
2:	call	*%edi
	mov	%eax, %ebx
	mov	%cr0, %eax
	and	$0x7fffffff, %eax
	mov	%eax, %cr0
	call	enable_long_mode
	ljmp	$SEL_CODE64, $3f
	.code64
3:	call	load_data_segments
	mov	saved_rsp, %rsp
	pop	%rax
	mov	%rax, %cr4
	mov	%ebx, %eax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.section .bss
	.balign	8
saved_rsp:
	.skip	8

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32-bit half of hostile-ac.c: goes to CPL 3 with a misaligned stack, AC set,
 * and an #AC gate that stays at CPL 3, so that delivery pushes there as well.
 */
#include "lib/layout.h"

	.text
	.code32
	.globl	ac_loop
ac_loop:
	lidt	ac_idt_pointer
	mov	%cr0, %eax
	or	$0x40000, %eax
	mov	%eax, %cr0
	mov	$SEL_USER_DATA | 3, %eax
	mov	%eax, %ds		/* DPL 0 would be nulled by IRET */
	mov	%eax, %es
	pushl	$SEL_USER_DATA | 3
	pushl	$ac_stack + 1025
	pushl	$0x40002		/* AC */
	pushl	$SEL_USER_CODE32 | 3
	pushl	$ac_user
	iret
ac_user:
	mov	ac_stack + 1, %eax	/* the first #AC */
ac_none:
	out	%al, $0x80		/* no #AC here: #GP, triple fault */
	.globl	ac_handler
ac_handler:
	jmp	ac_handler

	.section .data
	.balign	8
	.globl	ac_idt
ac_idt_pointer:
	.word	32 * 8 - 1
	.long	ac_idt
	.balign	8
ac_idt:
	.skip	32 * 8
	.section .bss
	.balign	16
ac_stack:
	.skip	2048

	.section .note.GNU-stack, "", @progbits

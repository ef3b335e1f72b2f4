/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start-up code of another CPU, copied to LOW_TRAMPOLINE. In: real mode,
 * CS = LOW_TRAMPOLINE >> 4. Out: smp_entry(ticket) in long mode on the stack
 * of the block that the ticket names.
 */
#include "lib/layout.h"

#define LOW(symbol)	(symbol - trampoline + LOW_TRAMPOLINE)

	.section .rodata
	.globl trampoline, trampoline_end
	.code16
trampoline:
	cli
	cld
	xor	%ax, %ax
	mov	%ax, %ds
	lgdtl	LOW(low_pointer)
	mov	%cr0, %eax
	or	$1, %eax
	and	$0x9fffffff, %eax
	mov	%eax, %cr0
	ljmpl	$SEL_CODE32, $LOW(low32)

	.code32
low32:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$1, %esi
	mov	$trampoline_ticket, %eax
	lock xadd %esi, (%eax)
	mov	%esi, %eax
	shl	$15, %eax
	lea	cpu_blocks + CPU_STACK_TOP(%eax), %esp
	mov	$enable_long_mode, %eax
	call	*%eax
	ljmp	$SEL_CODE64, $LOW(low64)

	.code64
low64:
	mov	$load_data_segments, %rax
	call	*%rax
	mov	%esi, %edi
	xor	%ebp, %ebp
	mov	$smp_entry, %rax
	call	*%rax
	ud2

	.balign	8
low_pointer:
	.word	GDT_ENTRIES * 8 - 1
	.long	gdt_template
trampoline_end:

	.section .data
	.balign	4
	.globl trampoline_ticket
trampoline_ticket:
	.long	1

	.section .note.GNU-stack, "", @progbits

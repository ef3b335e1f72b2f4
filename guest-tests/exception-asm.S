/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code for exception.c whose end address matters, or that is 32-bit.
 * step_*: one instruction under RFLAGS.TF; the #DB must name the one after.
 */
#include "lib/layout.h"

	.macro	step name, insn
	.text
	.globl	step_\name, step_\name\()_end
step_\name:
	push	%rbx
	pushfq
	orl	$0x100, (%rsp)
	popfq
	\insn
step_\name\()_end:
	nop
	pop	%rbx
	ret
	.endm

	step nop, "nop"
	step cpuid, "cpuid"
	step in, "in %dx, %al"
	step rdmsr, "rdmsr"
	step mmio, "mov 0x380(%rdi), %eax"

	.macro	compat name, insn
	.text
	.globl	compat_\name
compat_\name:
	lcall	*1f
	ret
	.code32
2:	\insn
	lret
	.code64
	.section .rodata
1:	.long	2b
	.word	SEL_CODE32
	.endm

	compat into, "mov $0x7fffffff, %eax; inc %eax; into"
	compat bound, "mov $5, %eax; bound %eax, bounds"

	.section .rodata
	.globl	bounds
bounds:
	.long	6, 9

	.section .note.GNU-stack, "", @progbits

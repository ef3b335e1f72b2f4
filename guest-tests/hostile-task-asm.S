/* SPDX-License-Identifier: BSD-2-Clause */
/* 32-bit half of hostile-task.c: two task-state segments and a far jump. */
#include "lib/layout.h"

	.text
	.code32
	.globl	task_switch, task_new
/* EAX = 0x7a5c once the other task has run and jumped back. */
task_switch:
	push	%ebx
	push	%esi
	push	%edi
	push	%ebp
	mov	$SEL_SPARE, %eax
	ltr	%ax
	mov	%cr3, %eax
	mov	%eax, task_new_tss + 28
	ljmp	$SEL_SPARE + 8, $0
	mov	task_result, %eax
	pop	%ebp
	pop	%edi
	pop	%esi
	pop	%ebx
	ret
task_new:
	movl	$0x7a5c, task_result
	ljmp	$SEL_SPARE, $0

	.section .data
	.balign	8
	.globl	task_old_tss, task_new_tss
task_old_tss:
	.skip	104
task_new_tss:
	.skip	104
task_result:
	.long	0

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copied 0x2000 behind the random code and entered at CPL 3 with RAX = own
 * address, RDI = what every register is to point at. Jumps to the code.
 */
	.section .rodata
	.globl	insn_stub, insn_stub_end
insn_stub:
	lea	-0x2000(%rax), %r10
	mov	%rdi, %rax
	mov	%rdi, %rbx
	lea	8(%rdi), %rdx
	mov	%rdi, %rsi
	mov	%rdi, %rbp
	mov	$3, %ecx
	mov	%rdi, %r8
	mov	%rdi, %r9
	mov	%rdi, %r11
	mov	%rdi, %r12
	mov	%rdi, %r13
	mov	%rdi, %r14
	mov	%rdi, %r15
	jmp	*%r10
insn_stub_end:

	.section .note.GNU-stack, "", @progbits

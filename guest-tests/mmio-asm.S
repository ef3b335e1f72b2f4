/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instruction forms for mmio.c. Each is run twice by form_run(), once on RAM
 * and once on a device, and must do the same both times.
 * In a form: RBX = R10 = address, RSI/RDI = address and a buffer, R9 = 1, RDX
 * = what the register at the address holds at first.
 */
#include "lib/layout.h"

/* Who is at the address: the hole, or a 32-bit register that keeps values. */
	.set	HOLE, 0
	.set	REG, 1
	.set	FROM, 2		/* RSI = address, RDI = buffer */
	.set	TO, 4		/* RDI = address, RSI = buffer */

	.macro	form kind, name, insn
	.text
9001:	\insn
	ret
	.section .rodata.str
9002:	.asciz	"mmio.\name"
	.section .rodata.forms, "a"
	.quad	9002b, 9001b, \kind
	.endm

	.section .rodata.str, "a"
	.section .rodata.forms, "a"
	.balign	8
	.globl	forms, forms_end
forms:
	form HOLE, "mov-r8-m", "mov (%rbx), %al"
	form HOLE, "mov-rh-m", "mov (%rbx), %ah"
	form HOLE, "mov-sil-m", "mov (%rbx), %sil"
	form HOLE, "mov-r16-m", "mov (%rbx), %ax"
	form HOLE, "mov-r32-m", "mov (%rbx), %eax"
	form HOLE, "mov-r64-m", "mov (%rbx), %rax"
	form HOLE, "mov-r12-m", "mov (%rbx), %r12"
	form HOLE, "mov-m8-r", "mov %cl, (%rbx)"
	form HOLE, "mov-m8-rh", "mov %ch, (%rbx)"
	form HOLE, "mov-m16-r", "mov %cx, (%rbx)"
	form HOLE, "mov-m64-r", "mov %rcx, (%rbx)"
	form HOLE, "mov-m8-imm", "movb $0x5a, (%rbx)"
	form HOLE, "mov-m16-imm", "movw $0x5a5a, (%rbx)"
	form HOLE, "mov-m64-imm", "movq $-0x5a, (%rbx)"
	form HOLE, "movzx-r16-m8", "movzbw (%rbx), %ax"
	form HOLE, "movzx-r32-m8", "movzbl (%rbx), %eax"
	form HOLE, "movzx-r64-m8", "movzbq (%rbx), %rax"
	form HOLE, "movzx-r32-m16", "movzwl (%rbx), %eax"
	form HOLE, "movzx-r64-m16", "movzwq (%rbx), %r12"
	form HOLE, "movsx-r16-m8", "movsbw (%rbx), %ax"
	form HOLE, "movsx-r32-m8", "movsbl (%rbx), %eax"
	form HOLE, "movsx-r64-m8", "movsbq (%rbx), %rax"
	form HOLE, "movsx-r64-m16", "movswq (%rbx), %rax"
	form HOLE, "movsxd-r64-m32", "movslq (%rbx), %rax"
	form HOLE, "cmp-m8-imm", "cmpb $0x7f, (%rbx)"
	form HOLE, "cmp-m32-imm", "cmpl $0x12345, (%rbx)"
	form HOLE, "cmp-r32-m", "cmp (%rbx), %ecx"
	form HOLE, "cmp-m64-r", "cmp %rcx, (%rbx)"
	form HOLE, "test-m8-imm", "testb $0x81, (%rbx)"
	form HOLE, "test-m32-r", "test %ecx, (%rbx)"
	form HOLE, "add-r32-m", "add (%rbx), %ecx"
	form HOLE, "or-r64-m", "or (%rbx), %rcx"
	form HOLE, "and-r8-m", "and (%rbx), %cl"
	form HOLE, "xor-r16-m", "xor (%rbx), %cx"
	form HOLE, "sub-r32-m", "sub (%rbx), %ecx"
	form HOLE, "lodsb", "lodsb"
	form HOLE, "lodsw", "lodsw"
	form HOLE, "lodsl", "lodsl"
	form HOLE, "lodsq", "lodsq"
	form HOLE|TO, "stosb", "stosb"
	form HOLE|TO, "stosw", "stosw"
	form HOLE|TO, "stosq", "stosq"
	form HOLE|TO, "rep-stosb", "rep stosb"
	form HOLE|TO, "rep-stosl", "rep stosl"
	form HOLE|FROM, "movsb-from", "movsb"
	form HOLE|FROM, "movsq-from", "movsq"
	form HOLE|FROM, "rep-movsb-from", "rep movsb"
	form HOLE|FROM, "rep-movsl-from", "rep movsl"
	form HOLE|TO, "movsb-to", "movsb"
	form HOLE|TO, "rep-movsq-to", "rep movsq"
	form HOLE, "mov-disp8", "mov 0x40(%rbx), %eax"
	form HOLE, "mov-disp8-negative", "mov -0x40(%rbx), %eax"
	form HOLE, "mov-disp32", "mov 0x1234(%rbx), %eax"
	form HOLE, "mov-sib", "mov (%rbx, %r9, 8), %eax"
	form HOLE, "mov-sib-disp8", "mov 0x20(%rbx, %r9, 4), %r14d"
	form HOLE, "mov-sib-disp32", "mov 0x1000(%r10, %r9, 2), %eax"
	form HOLE, "mov-addr32", "mov (%ebx), %eax"
	form REG, "reg.mov-r32-m", "mov (%rbx), %eax"
	form REG, "reg.mov-m32-r", "mov %ecx, (%rbx)"
	form REG, "reg.mov-m32-r12", "mov %r12d, (%r10)"
	form REG, "reg.mov-m32-imm", "movl $0x13579bdf, (%rbx)"
	form REG, "reg.xchg", "xchg %ecx, (%rbx)"
	form REG, "reg.add-m-r", "add %ecx, (%rbx)"
	form REG, "reg.add-m-imm8", "addl $-3, (%rbx)"
	form REG, "reg.or-m-r", "or %ecx, (%rbx)"
	form REG, "reg.or-m-imm32", "orl $0x70000001, (%rbx)"
	form REG, "reg.and-m-r", "and %ecx, (%rbx)"
	form REG, "reg.and-m-imm8", "andl $0x70, (%rbx)"
	form REG, "reg.xor-m-r", "xor %ecx, (%rbx)"
	form REG, "reg.sub-m-r", "sub %ecx, (%rbx)"
	form REG, "reg.lock-or", "lock orl $0x100, (%rbx)"
	form REG, "reg.test-m-imm", "testl $0x8000, (%rbx)"
	form REG, "reg.cmp-m-r", "cmp %ecx, (%rbx)"
	form REG, "reg.bt-imm", "btl $3, (%rbx)"
	form REG, "reg.bts-imm", "btsl $30, (%rbx)"
	form REG, "reg.btr-imm", "btrl $4, (%rbx)"
	form REG, "reg.btc-imm", "btcl $7, (%rbx)"
	form REG, "reg.bts-r", "bts %r9d, (%rbx)"
	form REG, "reg.adc-m-r", "stc; adc %ecx, (%rbx)"
	form REG, "reg.sbb-m-imm8", "stc; sbbl $5, (%rbx)"
	form REG, "reg.inc", "stc; incl (%rbx)"
	form REG, "reg.dec", "decl (%rbx)"
	form REG, "reg.not", "notl (%rbx)"
	form REG, "reg.neg", "negl (%rbx)"
	form REG, "reg.xadd", "lock xadd %ecx, (%rbx)"
	form REG, "reg.cmpxchg-equal", "xchg %eax, %edx; cmpxchg %ecx, (%rbx)"
	form REG, "reg.cmpxchg-other", "lock cmpxchg %ecx, (%rbx)"
	form REG, "reg.movnti", "movnti %ecx, (%rbx)"
	form REG|TO, "reg.stosl", "stosl"
	form REG|FROM, "reg.movsl-from", "movsl"
	form REG|TO, "reg.movsl-to", "movsl"
	.section .rodata.forms, "a"
forms_end:

	.text
/*
 * void form_run(struct regs *regs, void *form): loads the registers, runs the
 * form, stores the registers and the flags.
 */
	.globl	form_run
form_run:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %r15
	mov	%rsi, %rbp
	mov	0(%r15), %rax
	mov	8(%r15), %rcx
	mov	16(%r15), %rdx
	mov	24(%r15), %rbx
	mov	32(%r15), %rsi
	mov	40(%r15), %rdi
	mov	48(%r15), %r12
	mov	56(%r15), %r14
	mov	$1, %r9d
	mov	%rbx, %r10
	pushq	$2
	popfq
	call	*%rbp
	pushfq
	pop	64(%r15)
	mov	%rax, 0(%r15)
	mov	%rcx, 8(%r15)
	mov	%rdx, 16(%r15)
	mov	%rbx, 24(%r15)
	mov	%rsi, 32(%r15)
	mov	%rdi, 40(%r15)
	mov	%r12, 48(%r15)
	mov	%r14, 56(%r15)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* RIP-relative, with and without an immediate behind the displacement. */
	.globl	rip_read, rip_write
rip_read:
	mov	mmio_alias + 0x380(%rip), %eax
	ret
rip_write:
	movl	$0x2468ace0, mmio_alias + 0x380(%rip)
	ret

/* 32-bit code, called through a far pointer: EAX = result of a read back. */
	.globl	compat_mmio
compat_mmio:
	lcall	*compat_pointer
	ret
	.code32
compat_code:
	movl	$0x0badcafe, 0xfee00380
	mov	0xfee00380, %eax
	mov	$0xfee00000, %edx
	xor	$0x11111111, %eax
	mov	%eax, 0x380(%edx)
	xor	%eax, %eax
	or	0x380(%edx), %eax
	lret
	.code64

	.section .rodata
compat_pointer:
	.long	compat_code
	.word	SEL_CODE32

	.section .bss
	.balign	4096
	.globl	mmio_alias
mmio_alias:
	.skip	4096

	.section .note.GNU-stack, "", @progbits

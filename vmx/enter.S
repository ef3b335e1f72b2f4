/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VM entry as a function call (SDM 27 "VM Entries"). The state that is not in
 * the VMCS and that the hypervisor's own code uses is exchanged here: the
 * general registers. Everything else is switched in vmx/load.c.
 */
#include "vmx/regs.h"

	.text

/*
 * int vmx_enter(u64 *gpr, u64 launched)
 *
 * In:	RDI vcpu->gpr, RSI zero for VMLAUNCH, IF = 0, the VMCS current.
 * Out:	RAX 0 after a VM exit, 1 after VMfail (nothing was executed).
 * The stack below the saved registers is the host RSP of the VMCS; it is the
 * same at each call from one place, so VMWRITE is rare.
 */
	.globl	vmx_enter
	.type	vmx_enter, @function
vmx_enter:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	cmp	%rsp, REGS_HOST_RSP(%rdi)
	jne	.Lhost_rsp
.Lload:
	test	%esi, %esi		/* MOV keeps the flag */
	mov	REGS_RAX(%rdi), %rax
	mov	REGS_RCX(%rdi), %rcx
	mov	REGS_RDX(%rdi), %rdx
	mov	REGS_RBX(%rdi), %rbx
	mov	REGS_RBP(%rdi), %rbp
	mov	REGS_RSI(%rdi), %rsi
	mov	REGS_R8(%rdi), %r8
	mov	REGS_R9(%rdi), %r9
	mov	REGS_R10(%rdi), %r10
	mov	REGS_R11(%rdi), %r11
	mov	REGS_R12(%rdi), %r12
	mov	REGS_R13(%rdi), %r13
	mov	REGS_R14(%rdi), %r14
	mov	REGS_R15(%rdi), %r15
	mov	REGS_RDI(%rdi), %rdi
	jz	.Llaunch
	vmresume
	jmp	.Lvmfail
.Llaunch:
	vmlaunch
.Lvmfail:
	/* Still in root, with the guest's registers: gpr is up to date. */
	mov	$1, %eax
	add	$8, %rsp
	jmp	.Lscrub

.Lhost_rsp:
	mov	%rsp, REGS_HOST_RSP(%rdi)
	push	%rdi
	push	%rsi			/* keeps RSP 16-byte aligned */
	mov	REGS_HOST_RSP(%rdi), %rdi
	call	vmcs_set_host_rsp
	pop	%rsi
	pop	%rdi
	jmp	.Lload
	.size	vmx_enter, . - vmx_enter

/*
 * The host RIP of the VMCS. RSP is as pushed above, all other general
 * registers hold guest values, RFLAGS is 2.
 */
	.globl	vmx_exit
	.type	vmx_exit, @function
vmx_exit:
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, REGS_RAX(%rdi)
	mov	%rcx, REGS_RCX(%rdi)
	mov	%rdx, REGS_RDX(%rdi)
	mov	%rbx, REGS_RBX(%rdi)
	mov	%rbp, REGS_RBP(%rdi)
	mov	%rsi, REGS_RSI(%rdi)
	mov	%r8, REGS_R8(%rdi)
	mov	%r9, REGS_R9(%rdi)
	mov	%r10, REGS_R10(%rdi)
	mov	%r11, REGS_R11(%rdi)
	mov	%r12, REGS_R12(%rdi)
	mov	%r13, REGS_R13(%rdi)
	mov	%r14, REGS_R14(%rdi)
	mov	%r15, REGS_R15(%rdi)
	pop	REGS_RDI(%rdi)
	xor	%eax, %eax

	/*
	 * Post-barrier return stack buffer predictions: a RET of the guest may
	 * have left an entry that survives the exit. One CALL whose retirement
	 * LFENCE forces, before any RET that has no CALL of its own.
	 */
	call	1f
	int3
1:	add	$16, %rsp		/* return address and gpr */
	lfence

.Lscrub:
	/*
	 * No guest value stays in a register for C code to speculate on; the
	 * pops below overwrite the others.
	 */
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	vmx_exit, . - vmx_exit

	.section .note.GNU-stack, "", @progbits

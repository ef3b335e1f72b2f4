/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileged and virtualization instructions for hostile-priv.c, each with
 * what may come of it when the CPU shows the guest neither VMX nor the
 * feature: ANY (harmless or an exception) or the one exception that must be.
 * Opcodes are spelled out where an assembler may not know the name.
 */

	.set	ANY, 0
	.set	UD, 6
	.set	GP, 13

	.macro	insn name, outcome, code
	.text
9001:	\code
	ret
	.section .rodata.str, "a"
9002:	.asciz	"\name"
	.section .rodata.insns, "a"
	.quad	9002b, 9001b, \outcome
	.endm

	.section .rodata.insns, "a"
	.balign	8
	.globl	insns, insns_end
insns:
	insn vmcall, ANY, ".byte 0x0f, 0x01, 0xc1"
	insn vmlaunch, UD, ".byte 0x0f, 0x01, 0xc2"
	insn vmresume, UD, ".byte 0x0f, 0x01, 0xc3"
	insn vmxoff, UD, ".byte 0x0f, 0x01, 0xc4"
	insn vmfunc, UD, ".byte 0x0f, 0x01, 0xd4"
	insn vmxon, UD, ".byte 0xf3, 0x0f, 0xc7, 0x37"
	insn vmclear, UD, ".byte 0x66, 0x0f, 0xc7, 0x37"
	insn vmptrld, UD, ".byte 0x0f, 0xc7, 0x37"
	insn vmptrst, UD, ".byte 0x0f, 0xc7, 0x3f"
	insn vmread, UD, ".byte 0x0f, 0x78, 0xd0"
	insn vmwrite, UD, ".byte 0x0f, 0x79, 0xd0"
	insn invept, UD, ".byte 0x66, 0x0f, 0x38, 0x80, 0x07"
	insn invvpid, UD, ".byte 0x66, 0x0f, 0x38, 0x81, 0x07"
	insn invpcid, ANY, ".byte 0x66, 0x0f, 0x38, 0x82, 0x07"
	insn getsec, UD, ".byte 0x0f, 0x37"
	insn rsm, UD, ".byte 0x0f, 0xaa"
	insn encls, UD, ".byte 0x0f, 0x01, 0xcf"
	insn enclu, UD, ".byte 0x0f, 0x01, 0xd7"
	insn enclv, UD, ".byte 0x0f, 0x01, 0xc0"
	insn pconfig, UD, ".byte 0x0f, 0x01, 0xc5"
	insn seamcall, UD, ".byte 0x66, 0x0f, 0x01, 0xcf"
	insn tdcall, UD, ".byte 0x66, 0x0f, 0x01, 0xcc"
	insn wrmsrlist, UD, ".byte 0xf3, 0x0f, 0x01, 0xc6"
	insn wrmsrns, UD, ".byte 0x0f, 0x01, 0xc6"
	insn enqcmd, UD, ".byte 0xf2, 0x0f, 0x38, 0xf8, 0x07"
	insn enqcmds, UD, ".byte 0xf3, 0x0f, 0x38, 0xf8, 0x07"
	insn senduipi, UD, ".byte 0xf3, 0x0f, 0xc7, 0xf0"
	insn vmrun, UD, ".byte 0x0f, 0x01, 0xd8"
	insn vmmcall, ANY, ".byte 0x0f, 0x01, 0xd9"
	insn vmload, UD, ".byte 0x0f, 0x01, 0xda"
	insn clgi, UD, ".byte 0x0f, 0x01, 0xdd"
	insn skinit, UD, ".byte 0x0f, 0x01, 0xde"
	insn invlpga, UD, ".byte 0x0f, 0x01, 0xdf"
	insn monitor, ANY, ".byte 0x0f, 0x01, 0xc8"
	insn mwait, ANY, ".byte 0x0f, 0x01, 0xc9"
	insn umonitor, ANY, ".byte 0xf3, 0x0f, 0xae, 0xf7"
	insn tpause, ANY, ".byte 0x66, 0x0f, 0xae, 0xf7"
	insn umwait, ANY, ".byte 0xf2, 0x0f, 0xae, 0xf7"
	insn loadiwkey, UD, ".byte 0xf3, 0x0f, 0x38, 0xdc, 0xc1"
	insn wbinvd, ANY, "wbinvd"
	insn wbnoinvd, ANY, ".byte 0xf3, 0x0f, 0x09"
	insn invd, ANY, "invd"
	insn clts, ANY, "clts"
	insn xsetbv, ANY, ".byte 0x0f, 0x01, 0xd1"
	insn xgetbv, ANY, ".byte 0x0f, 0x01, 0xd0"
	insn xsaves, ANY, ".byte 0x0f, 0xc7, 0x2f"
	insn xrstors, ANY, ".byte 0x0f, 0xc7, 0x1f"
	insn rdpmc, ANY, "rdpmc"
	insn rdmsr, ANY, "rdmsr"
	insn rdtscp, ANY, "rdtscp"
	insn rdrand, ANY, ".byte 0x0f, 0xc7, 0xf0"
	insn rdseed, ANY, ".byte 0x0f, 0xc7, 0xf8"
	insn rdpid, ANY, ".byte 0xf3, 0x0f, 0xc7, 0xf8"
	insn clac, ANY, ".byte 0x0f, 0x01, 0xca"
	insn stac, ANY, ".byte 0x0f, 0x01, 0xcb"
	insn wrpkru, ANY, ".byte 0x0f, 0x01, 0xef"
	insn rdpkru, ANY, ".byte 0x0f, 0x01, 0xee"
	insn setssbsy, ANY, ".byte 0xf3, 0x0f, 0x01, 0xe8"
	insn uiret, UD, ".byte 0xf3, 0x0f, 0x01, 0xec"
	insn invlpg, ANY, "invlpg (%rdi)"
	insn sgdt, ANY, "sgdt (%rsi)"
	insn sidt, ANY, "sidt (%rsi)"
	insn sldt, ANY, "sldt (%rsi)"
	insn str, ANY, "str (%rsi)"
	insn smsw, ANY, "smsw (%rsi)"
	insn lldt, ANY, "lldt %ax"
	insn ltr, ANY, "mov $0x1f8, %eax; ltr %ax"
	insn verr, ANY, "verr %ax"
	insn lar, ANY, "lar %ax, %eax"
	insn lsl, ANY, "lsl %ax, %eax"
	insn swapgs-twice, ANY, "swapgs; swapgs"
	insn sysexit, ANY, ".byte 0x48, 0x0f, 0x35"
	insn sysret, ANY, ".byte 0x48, 0x0f, 0x07"
	insn syscall, ANY, "syscall"
	insn sysenter, ANY, "sysenter"
	insn int3, ANY, "int3"
	insn int-ff, ANY, "int $0xff"
	insn iret-garbage, ANY, "jmp iret_garbage"
	insn far-jump-garbage, ANY, "ljmp *(%rsi)"
	insn mov-dr4, ANY, ".byte 0x0f, 0x21, 0xe0"
	insn mov-cr1, UD, ".byte 0x0f, 0x20, 0xc8"
	insn mov-cr5, UD, ".byte 0x0f, 0x22, 0xe8"
	insn mov-cr15, UD, ".byte 0x44, 0x0f, 0x22, 0xf8"
	insn ud0, UD, ".byte 0x0f, 0xff, 0xc0"
	insn ud1, UD, ".byte 0x0f, 0xb9, 0xc0"
	insn prefixes-15, ANY, ".fill 14, 1, 0x66; .byte 0x90"
	insn prefixes-16, GP, ".fill 15, 1, 0x66; .byte 0x90"
	insn kvm-prefix, UD, ".byte 0x0f, 0x0b, 0x6b, 0x76, 0x6d; cpuid"
	.section .rodata.insns, "a"
insns_end:

/* void insn_run(u64 regs[6], void *insn): RAX RBX RCX RDX RSI RDI, then go. */
	.text
	.globl	insn_run
insn_run:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsi, %rbp
	mov	0(%rdi), %rax
	mov	8(%rdi), %rbx
	mov	16(%rdi), %rcx
	mov	24(%rdi), %rdx
	mov	32(%rdi), %rsi
	mov	40(%rdi), %rdi
	call	*%rbp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

iret_garbage:
	push	%rax
	push	%rax
	push	%rax
	push	%rax
	push	%rax
	iretq

	.section .note.GNU-stack, "", @progbits

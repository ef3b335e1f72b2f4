/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways out of long mode and back for modes.c. Everything runs with IF=0 and
 * from identity-mapped memory.
 */
#include "lib/layout.h"

	.text
	.code32
/* Instructions that long mode does not have. EAX = 0x37 if all is well. */
	.globl	pm_legacy
pm_legacy:
	pushal
	popal
	mov	$0x29, %eax
	add	$0x08, %al
	daa				/* 0x31 + 6: 0x37 */
	push	%ds
	pop	%ds
	ret

/* A data segment with a base: the word at SEL_BASE, through offset 0. */
	.globl	pm_segment_base
pm_segment_base:
	push	%ds
	movl	$0x600dda7a, SEL_BASE
	mov	$SEL_DATA_BASE, %eax
	mov	%eax, %ds
	mov	0, %eax
	pop	%ds
	ret

/* CR0, EFER, as 32-bit code sees them: PE | PG << 1 | LME << 2 | LMA << 3. */
	.globl	pm_state
pm_state:
	mov	$0xc0000080, %ecx
	rdmsr
	shr	$8, %eax
	mov	%eax, %ecx
	and	$1, %eax
	shl	$2, %eax
	shl	$1, %ecx
	and	$8, %ecx
	or	%ecx, %eax
	mov	%cr0, %ecx
	mov	%ecx, %edx
	and	$1, %ecx
	or	%ecx, %eax
	shr	$30, %edx
	and	$2, %edx
	or	%edx, %eax
	ret

/* Device access from 32-bit code without paging. */
	.globl	pm_mmio
pm_mmio:
	movl	$0x32323232, 0xfee00380
	mov	$0xfee00000, %edx
	mov	0x380(%edx), %eax
	ret

/* The word that modes.c maps at 1 GiB as well. */
	.globl	pm_alias
pm_alias:
	mov	mode_data + 0x40000000, %eax
	ret

/* Under PAE: another page directory pointer, then CR3 again. EAX = word. */
	.globl	pm_pae_reload
pm_pae_reload:
	mov	pae_pointers + 16, %eax
	push	pae_pointers + 8
	mov	%eax, pae_pointers + 8
	mov	%cr3, %eax
	mov	%eax, %cr3
	mov	mode_data + 0x40000000, %eax
	pop	pae_pointers + 8
	mov	%cr3, %ecx
	mov	%ecx, %cr3
	ret

/* Down to real mode and back; EAX = number of checks that held. */
	.globl	pm_real
pm_real:
	push	%ebx
	push	%edi
	mov	%esp, saved_esp
	ljmp	$SEL_CODE16, $LOW_REAL
real_return:
	mov	$SEL_DATA, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	%ecx, %ss
	mov	saved_esp, %esp
	pop	%edi
	pop	%ebx
	ret

/*
 * Virtual-8086: the task runs v86_code, whose INT 3 ends up in v86_gate.
 * EAX = AX of the task | its VM flag in bit 31.
 */
	.globl	pm_v86
pm_v86:
	push	%ebx
	push	%edi
	lidt	v86_idt_pointer
	mov	%esp, v86_tss + 4
	mov	$SEL_SPARE, %eax
	ltr	%ax
	xor	%eax, %eax
	push	%eax			/* GS FS DS ES */
	push	%eax
	push	$LOW_REAL >> 4
	push	%eax
	push	%eax			/* SS:ESP */
	push	$LOW_TRAMPOLINE + 0xff0
	push	$0x23002		/* VM, IOPL 3 */
	push	$LOW_REAL >> 4
	push	$v86_code - real_code
	iret
v86_gate:
	mov	$SEL_DATA, %ecx		/* null after leaving the task */
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	8(%esp), %ecx		/* EFLAGS of the task */
	mov	v86_tss + 4, %esp
	and	$0x20000, %ecx
	shl	$14, %ecx
	and	$0xffff, %eax
	or	%ecx, %eax
	pop	%edi
	pop	%ebx
	ret

	.section .rodata
	.globl	real_code, real_code_end
	.code16
real_code:				/* 16-bit protected mode, base 0 */
	mov	$SEL_DATA, %ax		/* 4 GiB limit stays in real mode */
	mov	%ax, %ds
	lidt	LOW_REAL + ivt_pointer - real_code
	mov	%cr0, %eax
	and	$0xfe, %al
	mov	%eax, %cr0
	ljmp	$0, $LOW_REAL + real_mode - real_code
real_mode:
	xor	%ax, %ax
	mov	%ax, %es
	mov	%ax, %ss
	mov	$LOW_TRAMPOLINE + 0xff0, %sp
	xor	%edi, %edi
	smsw	%ax			/* 1: PE is clear */
	test	$1, %al
	jnz	1f
	inc	%edi
1:	mov	$0xfee00000, %esi
	movl	$0x16161616, 0x380(%esi)
	mov	0x380(%esi), %eax
	cmp	$0x16161616, %eax	/* 2: device access, big limit */
	jne	1f
	inc	%edi
1:	movw	$LOW_REAL + real_int - real_code, %es:0x100
	movw	$0, %es:0x102
	mov	$5, %cx
	int	$0x40
	cmp	$6, %cx			/* 3: interrupt through the IVT */
	jne	1f
	inc	%edi
1:	mov	$(LOW_REAL >> 4) - 1, %ax
	mov	%ax, %es
	mov	%es:0x10, %ax
	mov	%ds:LOW_REAL, %bx
	cmp	%ax, %bx		/* 4: segment * 16 + offset */
	jne	1f
	inc	%edi
1:	mov	$0xffff, %ax
	mov	%ax, %es
	mov	%es:0x10, %eax
	mov	$0x100000, %esi
	cmp	%eax, (%esi)		/* 5: ffff:0010 is 1 MiB, no wrap */
	jne	1f
	inc	%edi
1:	mov	$0x1234, %dx
	in	%dx, %al
	cmp	$0xff, %al		/* 6: port read */
	jne	1f
	inc	%edi
1:	xor	%eax, %eax
	cpuid
	test	%eax, %eax		/* 7: CPUID */
	jz	1f
	inc	%edi
1:	mov	$0xc0000080, %ecx
	rdmsr
	test	$0x500, %eax		/* 8: neither LME nor LMA */
	jnz	1f
	inc	%edi
1:	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	mov	%edi, %eax
	ljmpl	$SEL_CODE32, $real_return
real_int:
	inc	%cx
	iret
	.balign	4
ivt_pointer:
	.word	0x3ff
	.long	0
v86_code:
	mov	$0x2bad, %ax
	xor	$0x5555, %ax
	int	$3
real_code_end:
	.code64

	.section .data
	.globl	mode_data, v86_tss, v86_idt, v86_gate_address
	.balign	8
v86_gate_address:
	.long	v86_gate
mode_data:
	.long	0xdada0001
saved_esp:
	.long	0
v86_idt_pointer:
	.word	4 * 8 - 1
	.long	v86_idt
	.balign	8
v86_idt:
	.skip	4 * 8
v86_tss:
	.skip	104
	.skip	4

	.section .note.GNU-stack, "", @progbits

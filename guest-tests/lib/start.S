/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry of every guest test. In: 32-bit flat protected mode, paging off,
 * EBX = boot information, EAX = multiboot magic (pvh_start sets its own).
 * Out: long mode with the first 4 GiB identity-mapped, RSP in the block of
 * CPU 0, guest_main(magic, info) called.
 */
#include "lib/layout.h"

	.section .text.start, "ax"
	.code32
	.globl _start, pvh_start
pvh_start:
	mov	$BOOT_PVH, %eax
_start:
	cli
	cld
	mov	$cpu_blocks + CPU_STACK_TOP, %esp
	mov	%eax, %ebp
	lgdt	gdt_pointer

	/* Page directories: 2048 leaves of 2 MiB; uncached above 3 GiB. */
	mov	$page_dirs, %edi
	xor	%ecx, %ecx
1:	mov	%ecx, %eax
	shl	$21, %eax
	or	$0x87, %eax
	cmp	$1536, %ecx
	jb	2f
	or	$0x18, %eax
2:	mov	%eax, (%edi, %ecx, 8)
	inc	%ecx
	cmp	$2048, %ecx
	jb	1b

	movl	$page_dirs + 0x0007, page_dir_pointers
	movl	$page_dirs + 0x1007, page_dir_pointers + 8
	movl	$page_dirs + 0x2007, page_dir_pointers + 16
	movl	$page_dirs + 0x3007, page_dir_pointers + 24
	movl	$page_dir_pointers + 7, page_root

	call	enable_long_mode
	ljmp	$SEL_CODE64, $start64

/* Any 32-bit caller, paging off -> compatibility mode. Clobbers EAX ECX EDX. */
	.globl enable_long_mode
enable_long_mode:
	mov	%cr4, %eax
	or	$0x20, %eax
	mov	%eax, %cr4
	mov	$page_root, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	%cr0, %eax
	and	$0x9fffffff, %eax
	or	$0x80010023, %eax
	mov	%eax, %cr0
	ret

	.code64
start64:
	call	load_data_segments
	mov	%ebp, %edi
	mov	%ebx, %esi
	xor	%ebp, %ebp
	call	guest_main
	ud2

/* Flat data segments in long mode; clobbers EAX. */
	.globl load_data_segments
load_data_segments:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%eax, %fs
	mov	%eax, %gs
	ret

	.section .data
	.balign	8
	.globl gdt_template, gdt_pointer
gdt_template:
	.quad	0
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* flat data */
	.quad	0x00cf9b000000ffff	/* 32-bit code */
	.quad	0x00cff3000000ffff	/* user data */
	.quad	0x00affb000000ffff	/* user 64-bit code */
	.quad	0x00009b000000ffff	/* 16-bit code, base set below */
	.quad	0x000093000000ffff	/* 16-bit data */
	.quad	0, 0			/* TSS, filled per CPU */
	.quad	0, 0			/* spare */
	.quad	0x00cffb000000ffff	/* user 32-bit code */
	.quad	0x00cf93300000ffff	/* data with base SEL_BASE */
	.quad	0, 0
gdt_pointer:
	.word	GDT_ENTRIES * 8 - 1
	.quad	gdt_template

	.section .bss
	.balign	4096
	.globl page_root, page_dir_pointers, page_dirs
page_root:
	.skip	4096
page_dir_pointers:
	.skip	4096
page_dirs:
	.skip	4 * 4096
	.balign	CPU_BLOCK
	.globl cpu_blocks
cpu_blocks:
	.skip	MAX_CPUS * CPU_BLOCK

	.section .note.GNU-stack, "", @progbits

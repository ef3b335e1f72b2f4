/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from multiboot2, PVH and our UEFI application. All three meet in
 * 32-bit mode without paging (for UEFI that also leaves 5-level paging), build
 * the same early page tables and go to the image's own address.
 *
 * Position independent: EBP holds the physical address of the image, and the
 * offsets of what is not in this section come from linker.ld.
 */
#include "asm_offsets.h"

#define MB2_MAGIC		0xe85250d6
#define MB2_ARCH_I386		0
#define MB2_TAG_OPTIONAL	1

#define GDT32_CODE		0x18	/* before that: as core/gdt.h */
#define GDT64_CODE		0x08
#define GDT_FLAT_DATA		0x10

#define PTE_TABLE		0x3	/* present, writable */
#define PTE_LARGE		0x83	/* and a 2 MiB page */
#define TABLE(n)		(boot_tables_offset + (n) * 0x1000)

/* Ports for the one refusal that comes before C. */
#define PORT_DEBUGCON		0xe9
#define PORT_COM1		0x3f8
#define PORT_COM1_LSR		0x3fd
#define LSR_THR_EMPTY		0x20
#define PORT_DEBUG_EXIT		0xf4

	.section .boot, "ax"
boot_start:

/* ---- multiboot2 header, multiboot2 3.1 "OS image format" ---- */
	.balign 8
mb2_header:
	.long MB2_MAGIC
	.long MB2_ARCH_I386
	.long mb2_header_end - mb2_header
	.long 0x100000000 - (MB2_MAGIC + MB2_ARCH_I386 + \
			     (mb2_header_end - mb2_header))

	/* Information request: cmdline, loader, modules, memory, frame
	 * buffer, EFI system table, RSDP old and new, EFI memory map. */
	.balign 8
1:	.word 1, MB2_TAG_OPTIONAL
	.long 2f - 1b
	.long 1, 2, 3, 6, 8, 12, 14, 15, 17
2:
	/* Entry address. GRUB moves it with the image. */
	.balign 8
1:	.word 3, 0
	.long 2f - 1b
	.long entry_multiboot2_hpa
2:
	/* Framebuffer: taken if offered, text or none will do. */
	.balign 8
1:	.word 5, MB2_TAG_OPTIONAL
	.long 2f - 1b
	.long 1024, 768, 32
2:
	/* Modules on page boundaries. */
	.balign 8
1:	.word 6, 0
	.long 2f - 1b
2:
	/* Relocatable: 2 MiB to 3 GiB, steps of 2 MiB, lowest address. */
	.balign 8
1:	.word 10, 0
	.long 2f - 1b
	.long 0x200000, 0xbfffffff, 0x200000, 1
2:
	.balign 8
	.word 0, 0
	.long 8
mb2_header_end:

/* ---- PVH: note type 18 of "Xen" is the 32-bit physical entry ---- */
	.pushsection .note.Xen, "a", @note
	.balign 4
	.long 4, 4, 18
	.asciz "Xen"
	.long entry_pvh_hpa
	.popsection

/* ---- Ours: offset of efi_entry from the start of the image ---- */
	.pushsection .note.Noexit, "a", @note
	.balign 4
	.long 7, 4, 1
	.asciz "Noexit"
	.balign 4
	.long efi_entry_offset
	.popsection

	.balign 16
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 64-bit code */
	.quad 0x00cf93000000ffff	/* data */
	.quad 0x00cf9b000000ffff	/* 32-bit code */
boot_gdt_end:

/*
 * multiboot2: EAX magic, EBX information structure, 32-bit protected mode,
 * no paging, no stack. PVH: EBX start_info, else the same.
 *
 * The second word of either structure serves as the stack for one CALL, which
 * tells where we are, and is put back.
 */
	.code32
	.globl entry_multiboot2
entry_multiboot2:
	mov %eax, %esi
	jmp find_image

	.globl entry_pvh
entry_pvh:
	mov $BOOT_MAGIC_PVH, %esi
find_image:
	cli
	cld
	mov 4(%ebx), %edx
	lea 8(%ebx), %esp
	call 1f
1:	pop %ebp
	mov %edx, 4(%ebx)
	sub $(1b - boot_start), %ebp
	/* Fall through. */

/*
 * In: 32-bit, paging off, EBP image, ESI magic, EBX information, IF=0.
 */
boot_common:
	/* A loader that does not clear .bss would leave us old locks. */
	lea bss_start_offset(%ebp), %edi
	mov $bss_dwords, %ecx
	xor %eax, %eax
	rep stosl
	lea (boot_stacks_offset + BOOT_STACK_TOP)(%ebp), %esp

	push %ebx
	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	jb no_long_mode
	mov $0x80000001, %eax
	cpuid
	and $CPUID_EXT1_EDX_NEEDED, %edx
	cmp $CPUID_EXT1_EDX_NEEDED, %edx
	jne no_long_mode
	pop %ebx

	/* PML4: low 4 GiB at 0 and in the direct map; the image. */
	lea (TABLE(1) + PTE_TABLE)(%ebp), %eax
	mov %eax, TABLE(0)(%ebp)
	mov %eax, (TABLE(0) + DIRECT_MAP_PML4_INDEX * 8)(%ebp)
	lea (TABLE(6) + PTE_TABLE)(%ebp), %eax
	mov %eax, (TABLE(0) + IMAGE_PML4_INDEX * 8)(%ebp)
	/* Four page directories of 1 GiB each. */
	lea (TABLE(2) + PTE_TABLE)(%ebp), %eax
	xor %ecx, %ecx
1:	mov %eax, TABLE(1)(%ebp, %ecx, 8)
	add $0x1000, %eax
	inc %ecx
	cmp $4, %ecx
	jne 1b
	mov $PTE_LARGE, %eax
	xor %ecx, %ecx
1:	mov %eax, TABLE(2)(%ebp, %ecx, 8)
	add $0x200000, %eax
	inc %ecx
	cmp $(4 * 512), %ecx
	jne 1b
	/* The image: eight pages of 2 MiB. */
	lea (TABLE(7) + PTE_TABLE)(%ebp), %eax
	mov %eax, (TABLE(6) + IMAGE_PDPT_INDEX * 8)(%ebp)
	lea PTE_LARGE(%ebp), %eax
	xor %ecx, %ecx
1:	mov %eax, (TABLE(7) + IMAGE_PD_INDEX * 8)(%ebp, %ecx, 8)
	add $0x200000, %eax
	inc %ecx
	cmp $8, %ecx
	jne 1b

	lea (boot_gdt - boot_start)(%ebp), %eax
	movw $(boot_gdt_end - boot_gdt - 1), boot_gdt_ptr_offset(%ebp)
	mov %eax, (boot_gdt_ptr_offset + 2)(%ebp)
	lgdt boot_gdt_ptr_offset(%ebp)

	mov $BOOT_CR4, %eax
	mov %eax, %cr4
	lea TABLE(0)(%ebp), %eax
	mov %eax, %cr3
	mov $EFER_MSR, %ecx
	rdmsr
	or $BOOT_EFER, %eax
	wrmsr
	mov $BOOT_CR0, %eax
	mov %eax, %cr0
	push $GDT64_CODE
	lea (start64 - boot_start)(%ebp), %eax
	push %eax
	lret

/*
 * No way to run: say so on debugcon and COM1, leave an emulator, halt. The
 * exit value is 10H + END_NO_FEATURE, as core/end.h has it.
 */
no_long_mode:
	lea (refusal - boot_start)(%ebp), %esi
1:	lodsb
	test %al, %al
	jz 3f
	out %al, $PORT_DEBUGCON
	mov %al, %ah
	mov $PORT_COM1_LSR, %dx
	mov $0x10000, %ecx
2:	in %dx, %al
	test $LSR_THR_EMPTY, %al
	loopz 2b
	mov %ah, %al
	mov $PORT_COM1, %dx
	out %al, %dx
	jmp 1b
3:	mov $0x19, %al
	out %al, $PORT_DEBUG_EXIT
4:	cli
	hlt
	jmp 4b
refusal:
	.ascii "noexit: this CPU has no 64-bit mode with NX; cure: a 64-bit "
	.ascii "CPU, and NX (execute disable) on in the firmware setup\r\n"
	.asciz "NOEXIT END status=9 no-64-bit-mode\r\n"

/*
 * In: identity-mapped 64-bit mode, EBP image, ESI magic, EBX information.
 * The upper halves of registers are undefined after the mode switch.
 */
	.code64
start64:
	mov $1f, %rax
	jmp *%rax
1:	mov $GDT_FLAT_DATA, %eax
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov $(boot_stacks + BOOT_STACK_TOP), %rsp
	mov %ebp, %eax
	mov %rax, boot_image_hpa(%rip)
	/* this_cpu() works from the first line of C on. */
	mov $boot_cpu_area, %rax
	mov %rax, (%rax)
	mov %rax, %rdx
	shr $32, %rdx
	mov $GS_BASE_MSR, %ecx
	wrmsr
	mov %esi, %edi
	mov %ebx, %esi
	xor %ebp, %ebp
	call boot_main
	ud2

/*
 * UEFI: 64-bit mode, identity mapped, boot services gone, RDI = struct
 * boot_info below 4 GiB, image below 4 GiB. Down to 32-bit mode without
 * paging: the only way out of 5-level paging, and one path for all.
 */
	.globl efi_entry
efi_entry:
	cli
	cld
	mov %edi, %ebx
	lea boot_start(%rip), %rbp
	lea (boot_stacks + BOOT_STACK_TOP)(%rip), %rsp
	lea boot_gdt(%rip), %rax
	movw $(boot_gdt_end - boot_gdt - 1), boot_gdt_ptr(%rip)
	mov %rax, boot_gdt_ptr + 2(%rip)
	lgdt boot_gdt_ptr(%rip)
	/* CR0.PG must not be cleared with CR4.PCIDE set; CET goes before WP. */
	mov %cr4, %rax
	and $EFI_CR4_KEEP, %eax
	mov %rax, %cr4
	pushq $GDT32_CODE
	lea 1f(%rip), %rax
	push %rax
	lretq

	.code32
1:	mov $GDT_FLAT_DATA, %eax
	mov %eax, %ss
	mov %eax, %ds
	mov %eax, %es
	mov $BOOT_CR0_32, %eax
	mov %eax, %cr0
	mov $EFER_MSR, %ecx
	rdmsr
	and $~BOOT_EFER, %eax
	wrmsr
	mov $BOOT_MAGIC_EFI, %esi
	jmp boot_common

	.section .bss.boot, "aw", @nobits
	.balign 4096
	.globl boot_tables, boot_gdt_ptr
boot_tables:
	.skip 8 * 4096
	.balign 16
boot_gdt_ptr:
	.skip 16
	.globl boot_image_hpa
boot_image_hpa:
	.skip 8

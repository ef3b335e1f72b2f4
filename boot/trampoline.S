/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a started CPU begins: real mode, CS:IP = page:0, in a page below 1 MiB
 * that boot/smp.c copies this to. From there straight to 64-bit mode, with
 * tables that map this page and the hypervisor.
 */
#include "asm_offsets.h"

#define GDT64_CODE	0x08
#define LEAF_X2APIC	0x0b		/* EDX: x2APIC ID of this CPU */

	.section .rodata, "a"
	.globl trampoline_start, trampoline_slot, trampoline_end
	.balign 16
	.code16
trampoline_start:
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds

	/* Only the CPU that was asked for may go on: see core/smp_slot.h. */
	xor %eax, %eax
	cpuid
	cmp $LEAF_X2APIC, %eax
	jb 1f
	mov $LEAF_X2APIC, %eax
	xor %ecx, %ecx
	cpuid
	test %ebx, %ebx
	jnz 2f
1:	mov $1, %eax
	cpuid
	shr $24, %ebx
	mov %ebx, %edx
2:	cmp %edx, slot16 + SLOT_APIC_ID
	jne dead
	mov $SLOT_STATE_WAITING, %eax
	mov $SLOT_STATE_TAKEN, %ecx
	lock cmpxchg %ecx, slot16 + SLOT_STATE
	jne dead

	xor %ebx, %ebx
	mov %cs, %bx
	shl $4, %ebx
	lea (gdt - trampoline_start)(%ebx), %eax
	mov %eax, gdt_ptr - trampoline_start + 2
	lgdtl gdt_ptr - trampoline_start
	lea (start64 - trampoline_start)(%ebx), %eax
	mov %eax, far_ptr - trampoline_start

	mov $BOOT_CR4, %eax
	mov %eax, %cr4
	mov slot16 + SLOT_CR3, %eax
	mov %eax, %cr3
	mov $EFER_MSR, %ecx
	rdmsr
	or $BOOT_EFER, %eax
	wrmsr
	/* Also clears CD and NW, which RESET had set. */
	mov $BOOT_CR0, %eax
	mov %eax, %cr0
	ljmpl *(far_ptr - trampoline_start)

dead:
	cli
	hlt
	jmp dead

	.code64
start64:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	mov trampoline_slot + SLOT_STACK(%rip), %rsp
	mov trampoline_slot + SLOT_AREA(%rip), %rdi
	xor %ebp, %ebp
	call *trampoline_slot + SLOT_ENTRY(%rip)
	ud2

	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff
gdt_ptr:
	.word gdt_ptr - gdt - 1
	.long 0
	.balign 4
far_ptr:
	.long 0
	.word GDT64_CODE
	.balign 8
trampoline_slot:
	.skip SLOT_BYTES
trampoline_end:
	.set slot16, trampoline_slot - trampoline_start

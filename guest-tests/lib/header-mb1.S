/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 1 header: ELF addresses count, memory information wanted. */
	.section .header, "a"
	.balign	4
	.long	0x1badb002
	.long	0x00000002
	.long	-(0x1badb002 + 0x00000002)

	.section .note.GNU-stack, "", @progbits

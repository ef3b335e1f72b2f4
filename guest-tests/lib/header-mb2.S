/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 2 header: i386 architecture, no requests, end tag only. */
	.section .header, "a"
	.balign	8
mb2_header:
	.long	0xe85250d6
	.long	0
	.long	mb2_end - mb2_header
	.long	-(0xe85250d6 + (mb2_end - mb2_header))
	.short	0, 0
	.long	8
mb2_end:

	.section .note.GNU-stack, "", @progbits

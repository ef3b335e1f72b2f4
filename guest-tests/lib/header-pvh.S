/* SPDX-License-Identifier: BSD-2-Clause */
/* PVH: ELF note "Xen", type 18 (XEN_ELFNOTE_PHYS32_ENTRY). */
	.section .note.pvh, "a", @note
	.balign	4
	.long	4
	.long	4
	.long	18
	.asciz	"Xen"
	.long	pvh_start

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers shared by the assembly and the C half of the library: selectors,
 * the per-CPU block, and the pages below 1 MiB that the library takes.
 */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#define MAX_CPUS	16

/*
 * One aligned block per CPU holds struct cpu and every stack of that CPU, so
 * that this_cpu() works from RSP alone, whatever a test did to FS and GS.
 */
#define CPU_BLOCK	0x8000
#define CPU_IST1_TOP	0x2000
#define CPU_IST2_TOP	0x3000
#define CPU_RSP0_TOP	0x4000
#define CPU_USER_TOP	0x5000
#define CPU_STACK_TOP	0x7fc0

#define SEL_CODE64	0x08
#define SEL_DATA	0x10
#define SEL_CODE32	0x18
#define SEL_USER_DATA	0x20
#define SEL_USER_CODE	0x28
#define SEL_CODE16	0x30
#define SEL_DATA16	0x38
#define SEL_TSS		0x40
#define SEL_SPARE	0x50	/* two 8-byte slots that a test may fill */
#define SEL_USER_CODE32	0x60
#define SEL_DATA_BASE	0x68	/* 32-bit data with base SEL_BASE */
#define SEL_BASE	0x00300000
#define GDT_ENTRIES	16

#define LOW_TRAMPOLINE	0x8000	/* start-up code of the other CPUs */
#define LOW_REAL	0x9000	/* 16-bit code and data of real-mode tests */

#define VEC_USER_RETURN	0x81
#define VEC_SPURIOUS	0xff

#define BOOT_MB1	0x2badb002
#define BOOT_MB2	0x36d76289
#define BOOT_PVH	0x336ec578

#endif

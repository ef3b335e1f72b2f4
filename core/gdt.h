/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT and TSS of each CPU. Flat segments, one TSS with three interrupt stacks
 * (IST): NMI, #DF and #MC may come on any stack, even on a broken one.
 */
#ifndef CORE_GDT_H
#define CORE_GDT_H

#define GDT_CODE	0x08
#define GDT_DATA	0x10
#define GDT_TSS		0x18	/* 16 bytes */

#define IST_NMI		1
#define IST_DF		2
#define IST_MC		3

#ifndef __ASSEMBLY__

#include "core/cpu.h"
#include "core/types.h"

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];		/* ist[n - 1] is IST n */
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;
} __packed;
_Static_assert(sizeof(struct tss) == 0x68, "64-bit TSS");
_Static_assert(offsetof(struct tss, ist) == 0x24, "IST1 at 24H");

/* Whether a started CPU and the boot CPU have found each other. */
enum cpu_start { CPU_STARTING, CPU_STARTED, CPU_GIVEN_UP };

/* Private memory of a CPU. struct cpu is first: GS base points here. */
struct cpu_area {
	struct cpu cpu;
	u32 start;		/* atomic: enum cpu_start */
	u64 gdt[5];
	struct tss tss __aligned(16);
};
_Static_assert(sizeof(struct cpu_area) <= PAGE_SIZE, "one page");

/* Tops of the interrupt stacks of a CPU. */
struct cpu_stacks {
	u64 nmi, df, mc;
};

/* This CPU: build and load its GDT, TSS and the shared IDT. */
void gdt_init(struct cpu_area *area, const struct cpu_stacks *stacks);
/* For the host-state area of a VMCS. */
u64 gdt_base(const struct cpu *cpu);
u64 tss_base(const struct cpu *cpu);

/* core/isr.S: reload CS and the data segments from the new GDT. */
void gdt_reload_segments(void);

#endif
#endif

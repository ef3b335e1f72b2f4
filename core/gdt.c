/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT and TSS, SDM vol. 3 3.4.5 "Segment Descriptors" and 8.7 "Task
 * Management in 64-bit Mode".
 */
#include "core/gdt.h"

#include <hw/cpu.h>

#include "core/idt.h"

#define DESC_CODE64	0x00af9b000000ffffull	/* accessed, readable, L */
#define DESC_DATA	0x00cf93000000ffffull	/* accessed, writable */

#define TSS_LIMIT	BITS(15, 0)
#define TSS_BASE_23_0	BITS(39, 16)
#define TSS_TYPE	BITS(43, 40)
#define TSS_PRESENT	BIT(47)
#define TSS_BASE_31_24	BITS(63, 56)
#define TYPE_TSS64_AVAILABLE	9

void gdt_init(struct cpu_area *area, const struct cpu_stacks *stacks)
{
	u64 base = (u64)&area->tss;
	struct desc_ptr ptr = {
		.limit = sizeof(area->gdt) - 1,
		.base = (u64)area->gdt,
	};

	area->tss = (struct tss){ .iomap_base = sizeof(struct tss) };
	area->tss.ist[IST_NMI - 1] = stacks->nmi;
	area->tss.ist[IST_DF - 1] = stacks->df;
	area->tss.ist[IST_MC - 1] = stacks->mc;

	area->gdt[0] = 0;
	area->gdt[GDT_CODE / 8] = DESC_CODE64;
	area->gdt[GDT_DATA / 8] = DESC_DATA;
	area->gdt[GDT_TSS / 8] =
		field_prep(TSS_LIMIT, sizeof(struct tss) - 1) |
		field_prep(TSS_BASE_23_0, base & BITS(23, 0)) |
		field_prep(TSS_TYPE, TYPE_TSS64_AVAILABLE) | TSS_PRESENT |
		field_prep(TSS_BASE_31_24, base >> 24 & 0xff);
	area->gdt[GDT_TSS / 8 + 1] = base >> 32;

	lgdt(&ptr);
	gdt_reload_segments();
	lldt(0);
	ltr(GDT_TSS);
	idt_load();
}

static const struct cpu_area *area_of(const struct cpu *cpu)
{
	return (const struct cpu_area *)cpu;
}

u64 gdt_base(const struct cpu *cpu)
{
	return (u64)area_of(cpu)->gdt;
}

u64 tss_base(const struct cpu *cpu)
{
	return (u64)&area_of(cpu)->tss;
}

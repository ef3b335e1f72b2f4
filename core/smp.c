/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot CPU's own data: static, for it is needed before any memory is. */
#include "core/smp.h"

#include "core/boot_entry.h"
#include "core/gdt.h"
#include "core/idt.h"

/* GS base points here from boot/entry.S on. */
extern struct cpu_area boot_cpu_area;
struct cpu_area boot_cpu_area;
struct boot_stacks boot_stacks;

void cpu_init_boot(void)
{
	struct cpu_stacks stacks = {
		.nmi = (u64)boot_stacks.nmi_guard,
		.df = (u64)boot_stacks.df_guard,
		.mc = (u64)boot_stacks.mc_guard,
	};

	boot_cpu_area.cpu.shared = &cpu_shared[0];
	cpu_shared[0].online = 1;
	idt_init();
	gdt_init(&boot_cpu_area, &stacks);
}

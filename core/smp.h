/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs: one INIT-SIPI-SIPI each, serially, with a bounded
 * wait. A CPU that does not come is logged and left out.
 */
#ifndef CORE_SMP_H
#define CORE_SMP_H

#include "core/cpu.h"

/* Boot CPU: its struct cpu, stacks, GDT, TSS, IDT. */
void cpu_init_boot(void);
/*
 * Start every CPU of the MADT, at most @max_cpus in all (0: no limit); sets
 * cpu_count. A CPU whose ID needs x2APIC is left out in xAPIC mode.
 */
void smp_start(u32 max_cpus);
/* Defined in boot/: what a started CPU runs on its own stack. */
_Noreturn void ap_main(void);

#endif

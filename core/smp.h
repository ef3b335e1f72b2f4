/* SPDX-License-Identifier: BSD-2-Clause */
/* The first C of a CPU: its own data, and where a started one goes. */
#ifndef CORE_SMP_H
#define CORE_SMP_H

#include "core/cpu.h"

/* Boot CPU: its struct cpu, stacks, GDT, TSS, IDT. */
void cpu_init_boot(void);
/* Defined in boot/: what a started CPU runs on its own stack. */
_Noreturn void ap_main(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What every CPU does once the machine is up. */
#ifndef BOOT_RUN_H
#define BOOT_RUN_H

/*
 * Run this CPU's vCPUs, idle, answer requests. CPU 0 also serves the console,
 * the monitor and the life cycle of the machines, between guests.
 */
_Noreturn void cpu_run(void);

#endif

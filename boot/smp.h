/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs by INIT-SIPI-SIPI. A CPU that does not come is
 * logged and left out.
 */
#ifndef BOOT_SMP_H
#define BOOT_SMP_H

#include "core/types.h"

/*
 * Start every CPU of the MADT, at most @max_cpus in all (0: no limit); sets
 * cpu_count. A CPU whose ID needs x2APIC is left out in xAPIC mode.
 */
void smp_start(u32 max_cpus);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The other CPUs: started by INIT and SIPI, then given functions to run. */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#include "lib/types.h"

/* Starts every CPU of the MADT, up to MAX_CPUS; returns how many run. */
u32 smp_start(void);

/* Puts INIT-SIPI-SIPI on the bus for one CPU. */
void smp_init_sipi(u32 apic_id, u8 page);

/* Runs fn(arg) on another CPU; smp_wait() until it has returned. */
void smp_call(u32 cpu, void (*fn)(void *), void *arg);
bool smp_wait(u32 cpu);

/* Runs fn(arg) on every started CPU, this one included; waits for all. */
bool smp_call_all(void (*fn)(void *), void *arg);

u32 smp_count(void);
void smp_entry(u32 index);

#endif

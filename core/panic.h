/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic() is for Noexit's own bugs and for machine errors only: it stops the
 * other CPUs by NMI, dumps each, and ends the machine with END_PANIC.
 * No guest action may reach it.
 */
#ifndef CORE_PANIC_H
#define CORE_PANIC_H

#include "core/types.h"

_Noreturn void panic(const char *fmt, ...) __printf(1, 2);

#define ASSERT(cond) do {						\
	if (unlikely(!(cond)))						\
		panic("assertion failed: %s (%s:%d)", #cond,		\
		      __FILE__, __LINE__);				\
} while (0)

/* Declared here, defined in apic/: sends NMI to every other CPU, bounded. */
void panic_stop_others(void);

#endif

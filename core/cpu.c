/* SPDX-License-Identifier: BSD-2-Clause */
/* What CPUs know of each other. */
#include "core/cpu.h"

u32 cpu_count = 1;
struct cpu_shared cpu_shared[MAX_CPUS];

void cpu_request(u32 cpu_index, u32 bits)
{
	/*
	 * Release: what the bits announce is visible with them. Pairs with the
	 * exchange in the run loop. The kick follows even when the bit was set
	 * before: the earlier kick may still be on its way.
	 */
	__atomic_fetch_or(&cpu_shared[cpu_index].requests, bits,
			  __ATOMIC_RELEASE);
	cpu_kick(cpu_index);
}

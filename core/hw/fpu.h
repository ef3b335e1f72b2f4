/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended-state instructions. The hypervisor computes nothing with these
 * registers: they hold a guest's values and move only when another vCPU is
 * put on the CPU. @mask is ANDed with XCR0 | IA32_XSS by the CPU.
 */
#ifndef CORE_HW_FPU_H
#define CORE_HW_FPU_H

#include "core/types.h"

static inline void xsaves(void *area, u64 mask)
{
	asm volatile("xsaves64 (%0)" : : "r"(area), "a"((u32)mask),
		     "d"((u32)(mask >> 32)) : "memory");
}

static inline void xrstors(const void *area, u64 mask)
{
	asm volatile("xrstors64 (%0)" : : "r"(area), "a"((u32)mask),
		     "d"((u32)(mask >> 32)) : "memory");
}

static inline void xsave(void *area, u64 mask)
{
	asm volatile("xsave64 (%0)" : : "r"(area), "a"((u32)mask),
		     "d"((u32)(mask >> 32)) : "memory");
}

static inline void xrstor(const void *area, u64 mask)
{
	asm volatile("xrstor64 (%0)" : : "r"(area), "a"((u32)mask),
		     "d"((u32)(mask >> 32)) : "memory");
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RDMSR and WRMSR. The _safe forms return -EFAULT where the CPU raises #GP:
 * the pair {faulting instruction, where to go on} is put into the .fixup
 * section, which the exception handler searches (core/idt.c).
 */
#ifndef CORE_HW_MSR_H
#define CORE_HW_MSR_H

#include "core/err.h"
#include "core/hw/msr_names.h"
#include "core/types.h"

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr"
		     :
		     : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
		     : "memory");
}

static inline __must_check int rdmsr_safe(u32 msr, u64 *value)
{
	u32 lo, hi;

	asm volatile goto("1: rdmsr\n"
			  ".pushsection .fixup, \"a\"\n"
			  ".quad 1b, %l[fault]\n"
			  ".popsection"
			  : "=a"(lo), "=d"(hi)
			  : "c"(msr)
			  : "memory"
			  : fault);
	*value = (u64)hi << 32 | lo;
	return 0;
fault:
	return -EFAULT;
}

static inline __must_check int wrmsr_safe(u32 msr, u64 value)
{
	asm volatile goto("1: wrmsr\n"
			  ".pushsection .fixup, \"a\"\n"
			  ".quad 1b, %l[fault]\n"
			  ".popsection"
			  :
			  : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
			  : "memory"
			  : fault);
	return 0;
fault:
	return -EFAULT;
}

#endif

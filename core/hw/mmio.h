/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers in memory: one load or store of exactly that width, in
 * program order with the others (volatile asm with a memory clobber).
 */
#ifndef CORE_HW_MMIO_H
#define CORE_HW_MMIO_H

#include "core/types.h"

#define DEFINE_MMIO(bits, insn, reg)                                     \
	static inline u##bits mmio_read##bits(const volatile void *p)    \
	{                                                                \
		u##bits value;                                           \
		asm volatile(insn " %1, %0"                              \
			     : "=" reg(value)                            \
			     : "m"(*(const volatile u##bits *)p)         \
			     : "memory");                                \
		return value;                                            \
	}                                                                \
	static inline void mmio_write##bits(volatile void *p, u##bits v) \
	{                                                                \
		asm volatile(insn " %1, %0"                              \
			     : "=m"(*(volatile u##bits *)p)              \
			     : reg(v)                                    \
			     : "memory");                                \
	}

DEFINE_MMIO(8, "movb", "q")
DEFINE_MMIO(16, "movw", "r")
DEFINE_MMIO(32, "movl", "r")
DEFINE_MMIO(64, "movq", "r")
#undef DEFINE_MMIO

#endif

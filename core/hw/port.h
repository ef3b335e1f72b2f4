/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports. */
#ifndef CORE_HW_PORT_H
#define CORE_HW_PORT_H

#include "core/types.h"

#define DEFINE_PORT(bits, suffix)                                            \
	static inline u##bits in##bits(u16 port)                             \
	{                                                                    \
		u##bits value;                                               \
		asm volatile("in" suffix " %1, %0"                           \
			     : "=a"(value) : "Nd"(port) : "memory");         \
		return value;                                                \
	}                                                                    \
	static inline void out##bits(u16 port, u##bits value)                \
	{                                                                    \
		asm volatile("out" suffix " %0, %1"                          \
			     : : "a"(value), "Nd"(port) : "memory");         \
	}

DEFINE_PORT(8, "b")
DEFINE_PORT(16, "w")
DEFINE_PORT(32, "l")
#undef DEFINE_PORT

#endif

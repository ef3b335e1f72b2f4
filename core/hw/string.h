/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The string instructions behind memcpy() and memset(). The direction flag is
 * clear by the ABI. Quadwords, not bytes: an emulator counts each step, and
 * fast-string operation (SDM vol. 1 7.3.9.3) covers both.
 */
#ifndef CORE_HW_STRING_H
#define CORE_HW_STRING_H

#include "core/types.h"

static inline void rep_movsq(void **dst, const void **src, size_t quadwords)
{
	asm volatile("rep movsq"
		     : "+D"(*dst), "+S"(*src), "+c"(quadwords)
		     :
		     : "memory");
}

static inline void rep_stosq(void **dst, u64 value, size_t quadwords)
{
	asm volatile("rep stosq"
		     : "+D"(*dst), "+c"(quadwords)
		     : "a"(value)
		     : "memory");
}

#endif

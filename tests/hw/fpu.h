/* SPDX-License-Identifier: BSD-2-Clause */
/* Double of core/hw/fpu.h: remembers what was asked for. */
#ifndef TESTS_HW_FPU_H
#define TESTS_HW_FPU_H

#include "core/types.h"

struct hw_fpu {
	const void *area;	/* restored last */
	u64 saved, restored;	/* masks */
	u32 saves, restores;
};
extern struct hw_fpu hw_fpu;

void xsaves(void *area, u64 mask);
void xrstors(const void *area, u64 mask);
void xsave(void *area, u64 mask);
void xrstor(const void *area, u64 mask);

#endif

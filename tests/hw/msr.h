/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Double of core/hw/msr.h: a table of MSRs that exist. An access to another
 * one is what #GP is on metal: -EFAULT, or the end of the test program.
 */
#ifndef TESTS_HW_MSR_H
#define TESTS_HW_MSR_H

#include "core/err.h"
#include "core/hw/msr_names.h"
#include "core/types.h"

#define HW_MSR_TRACE 256

struct hw_msr_write {
	u32 msr;
	u64 value;
};

/* Every WRMSR in order, up to HW_MSR_TRACE. */
extern struct hw_msr_write hw_msr_trace[HW_MSR_TRACE];
extern u32 hw_msr_writes;

/* A hook that returns true has answered; false: the table does. */
extern bool (*hw_msr_read_hook)(u32 msr, u64 *value);
extern bool (*hw_msr_write_hook)(u32 msr, u64 value);

void hw_msr_reset(void);
/* Make @msr exist with that value. */
void hw_msr_set(u32 msr, u64 value);
u64 hw_msr_get(u32 msr);

u64 rdmsr(u32 msr);
void wrmsr(u32 msr, u64 value);
int rdmsr_safe(u32 msr, u64 *value) __must_check;
int wrmsr_safe(u32 msr, u64 value) __must_check;

#endif

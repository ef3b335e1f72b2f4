/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time is the TSC. Its frequency comes from CPUID leaf 0x15/0x16 checked
 * against the ACPI PM timer or the PIT; when they disagree by more than 1 %
 * the measured value wins, with a log line.
 */
#ifndef CORE_TIME_H
#define CORE_TIME_H

#include "core/types.h"

#define TIME_NEVER	(~0ull)

void time_init(void);
u64 time_tsc_hz(void);
u64 time_now_tsc(void);
u64 time_us_to_tsc(u64 us);
u64 time_tsc_to_us(u64 tsc);	/* of a difference */
void time_delay_us(u64 us);

/* Poll @cond for at most @timeout_us; evaluates to true when it held. */
#define wait_until(timeout_us, cond) __extension__({			\
	u64 end_ = time_now_tsc() + time_us_to_tsc(timeout_us);	\
	bool ok_;							\
	while (!(ok_ = (cond)) && time_now_tsc() < end_)		\
		cpu_relax();						\
	ok_ || (cond); })

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Time by TSC. */
#ifndef GUEST_TIME_H
#define GUEST_TIME_H

#include "lib/types.h"

extern u64 tsc_hz;
extern bool tsc_hz_known;	/* CPUID or the PIT said so; else a guess */
extern u64 crystal_hz;		/* CPUID 0x15 ECX, or 0 */

void time_init(void);
void delay_us(u64 us);

/* Spins until cond holds or us have passed; says whether it held. */
#define wait_for(us, cond) ({					\
	u64 end_ = rdtsc() + (us) * (tsc_hz / 1000000);		\
								\
	while (!(cond) && rdtsc() < end_)			\
		pause();					\
	(cond);							\
})

#endif

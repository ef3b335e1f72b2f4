/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posted-interrupt descriptor (SDM "Posted-interrupt processing"): 64 bytes,
 * shared with other CPUs, with IPI virtualization and, later, with VT-d.
 */
#ifndef APIC_PI_H
#define APIC_PI_H

#include "core/types.h"

struct pi_desc {
	u64 pir[4];		/* bit v: vector v requested */
	u64 control;		/* PI_ON, PI_SN, PI_NV, PI_NDST */
	/*
	 * "Bits 511:320: available to software", in a cache line that whoever
	 * counts has just written: what senders in software did about it.
	 */
	u64 sent;		/* notifications owed */
	u64 suppressed;		/* none needed: PIR[v], ON or SN was set */
	u64 wakeups;		/* owner CPU: a notification ended its HLT */
} __aligned(64);
_Static_assert(sizeof(struct pi_desc) == 64, "PID is 64 bytes");
_Static_assert(offsetof(struct pi_desc, control) == 32, "control at bit 256");

#define PI_ON	BIT(0)		/* outstanding notification (bit 256) */
#define PI_SN	BIT(1)		/* suppress notification (bit 257) */
#define PI_NV	BITS(23, 16)	/* notification vector (bits 279:272) */
#define PI_NDST	BITS(63, 32)	/* physical destination (bits 319:288) */

/*
 * Lock-free, any CPU. True: the caller owes the notification that *@control
 * names, the control word as it was before ON was set.
 */
bool pi_post(struct pi_desc *pid, u8 vector, u64 *control);
/* Owner CPU: clear ON, then move PIR into @irr (OR). True if any was set. */
bool pi_drain(struct pi_desc *pid, u64 irr[4]);

/* Owner CPU; the states and who is in which are in pi.c. */
/* Notify by @nv at @ndst from now on. True: something waits already. */
bool pi_load(struct pi_desc *pid, u8 nv, u32 ndst);
void pi_preempt(struct pi_desc *pid);
/* No notifications at all any more. */
void pi_retire(struct pi_desc *pid);

#endif

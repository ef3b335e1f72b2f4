/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posted-interrupt descriptor (SDM "Posted-interrupt processing"): 64 bytes,
 * shared with other CPUs and, later, with VT-d and IPI virtualization.
 */
#ifndef APIC_PI_H
#define APIC_PI_H

#include "core/types.h"

struct pi_desc {
	u64 pir[4];		/* bit v: vector v requested */
	u64 control;		/* PI_ON, PI_SN, PI_NV, PI_NDST */
	u64 reserved[3];
} __aligned(64);
_Static_assert(sizeof(struct pi_desc) == 64, "PID is 64 bytes");
_Static_assert(offsetof(struct pi_desc, control) == 32, "control at bit 256");

#define PI_ON	BIT(0)		/* outstanding notification (bit 256) */
#define PI_SN	BIT(1)		/* suppress notification (bit 257) */
#define PI_NV	BITS(23, 16)	/* notification vector (bits 279:272) */
#define PI_NDST	BITS(63, 32)	/* physical destination (bits 319:288) */

/* Lock-free, any CPU. True: the caller owes the owner CPU a notification. */
bool pi_post(struct pi_desc *pid, u8 vector);
/* Owner CPU: clear ON, then move PIR into @irr (OR). True if any was set. */
bool pi_drain(struct pi_desc *pid, u64 irr[4]);

#endif

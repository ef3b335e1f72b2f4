/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PID-pointer table of a VM (SDM "IPI virtualization"), and the walk of it
 * in software for CPUs that do not walk it themselves.
 */
#ifndef APIC_IPIV_H
#define APIC_IPIV_H

#include "apic/vlapic.h"
#include "core/types.h"

#define PID_ENTRY_VALID	BIT(0)
#define PID_ENTRY_RESERVED BITS(5, 1)
#define PID_ENTRY_HPA	BITS(63, 6)

/* One page: 8 bytes for each APIC ID, which are dense. */
#define PID_TABLE_ENTRIES 512

/* Owner CPU: may senders post into @v without asking? */
void ipiv_publish(const struct vlapic *v, bool accepts);

/*
 * What a CPU with IPI virtualization does for this ICR value and destination.
 * False: it would exit, nothing has been done.
 */
bool ipiv_walk(const struct apic_domain *d, u32 icr_low, u32 dest);

#endif

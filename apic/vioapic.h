/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of apic/: the virtual IOAPIC and message delivery within a domain.
 * The public part is in domain.h.
 */
#ifndef APIC_VIOAPIC_H
#define APIC_VIOAPIC_H

#include "apic/domain.h"
#include "apic/icr.h"

/* 82093AA "I/O Redirection Table Registers" */
#define RTE_VECTOR	BITS(7, 0)
#define RTE_MODE	BITS(10, 8)
#define RTE_LOGICAL	BIT(11)
#define RTE_STATUS	BIT(12)		/* read-only: reads 0 */
#define RTE_ACTIVE_LOW	BIT(13)		/* kept; lines are logical here */
#define RTE_REMOTE_IRR	BIT(14)		/* read-only */
#define RTE_LEVEL	BIT(15)
#define RTE_MASK	BIT(16)
#define RTE_DEST	BITS(63, 56)

int vioapic_init(struct apic_domain *d) __must_check;
void vioapic_reset(struct apic_domain *d);
/* Vectors whose EOI by @v the virtual IOAPIC must see. */
void vioapic_eoi_exit_bitmap(struct apic_domain *d, const struct vlapic *v,
			     u64 bitmap[4]);

/*
 * Deliver @msg to everyone it names, on behalf of @sender's ICR or, when NULL,
 * of a device. Returns how many accepted it.
 */
u32 apic_domain_deliver(struct apic_domain *d, struct vlapic *sender,
			const struct apic_msg *msg);

#endif

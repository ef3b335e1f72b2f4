/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One interrupt message on the virtual APIC bus, whoever sends it (ICR, MSI or
 * IOAPIC), and who it is for. Pure: SDM "Issuing Interprocessor Interrupts",
 * "Determining IPI Destination", "Message Address/Data Register Format".
 */
#ifndef APIC_ICR_H
#define APIC_ICR_H

#include "core/types.h"

#define ICR_VECTOR	BITS(7, 0)
#define ICR_MODE	BITS(10, 8)
#define ICR_LOGICAL_DEST BIT(11)
#define ICR_BUSY	BIT(12)		/* delivery status, xAPIC only */
#define ICR_ASSERT	BIT(14)
#define ICR_LEVEL	BIT(15)
#define ICR_SHORTHAND_FIELD BITS(19, 18)
#define ICR_DEST_X2APIC	BITS(63, 32)
#define ICR_DEST_XAPIC	BITS(63, 56)
/* x2APIC: setting one of these is #GP. Bit 12 is not among them. */
#define ICR_RESERVED	(BITS(31, 20) | BITS(17, 16) | BIT(13))

enum apic_delivery {
	APIC_FIXED, APIC_LOWEST, APIC_SMI, APIC_DELIVERY_3, APIC_NMI,
	APIC_INIT, APIC_SIPI, APIC_EXTINT
};

enum apic_shorthand {
	APIC_DEST_FIELD, APIC_DEST_SELF, APIC_DEST_ALL, APIC_DEST_OTHERS
};

struct apic_msg {
	u32 dest;
	u8 vector;
	u8 mode;		/* enum apic_delivery */
	u8 shorthand;		/* enum apic_shorthand */
	bool logical;
	bool broadcast;		/* dest is all ones in the sender's format */
	bool level;		/* for the target's TMR */
	bool deassert;		/* INIT level de-assert, level MSI de-assert */
};

/*
 * What a local APIC answers to, in one word that is published atomically.
 * LDR is the x2APIC form in x2APIC mode, else 8 bits.
 */
#define APIC_DEST_MODE	BITS(1, 0)	/* enum vlapic_mode */
#define APIC_DEST_MODEL	BITS(7, 4)	/* xAPIC: DFR[31:28] */
#define APIC_DEST_LDR	BITS(63, 32)

#define DFR_MODEL_FLAT	0xf
#define DFR_MODEL_CLUSTER 0

struct apic_msg icr_decode(u64 icr, bool x2apic);
struct apic_msg msi_decode(u64 address, u32 data);
/* An RTE's high word becomes the message's destination. */
struct apic_msg rte_decode(u64 rte);
/*
 * Does the destination field of @msg name the APIC @id whose published word is
 * @dest? Shorthands are not looked at.
 */
bool apic_msg_matches(const struct apic_msg *msg, u32 id, u64 dest);
/* Fixed and lowest priority carry a vector, and 0..15 are illegal. */
bool apic_msg_illegal_vector(const struct apic_msg *msg);

#endif

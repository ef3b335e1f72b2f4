/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding of interrupt messages and matching of their destinations. Pure.
 */
#include "apic/icr.h"

#include "apic/vlapic.h"

/* SDM "Message Address Register Format" and "Message Data Register Format" */
#define MSI_REDIRECTION	BIT(3)
#define MSI_LOGICAL	BIT(2)
#define MSI_DEST	BITS(19, 12)
#define MSI_VECTOR	BITS(7, 0)
#define MSI_MODE	BITS(10, 8)
#define MSI_ASSERT	BIT(14)
#define MSI_LEVEL	BIT(15)

/* 82093AA data sheet 3.2.4 "I/O Redirection Table Registers" */
#define RTE_VECTOR BITS(7, 0)
#define RTE_MODE	BITS(10, 8)
#define RTE_LOGICAL BIT(11)
#define RTE_LEVEL BIT(15)
#define RTE_DEST	BITS(63, 56)

#define XAPIC_BROADCAST	0xffu
#define X2APIC_BROADCAST 0xffffffffu

struct apic_msg icr_decode(u64 icr, bool x2apic)
{
	struct apic_msg msg = {
		.vector = field_get(ICR_VECTOR, icr),
		.mode = field_get(ICR_MODE, icr),
		.shorthand = field_get(ICR_SHORTHAND_FIELD, icr),
		.logical = icr & ICR_LOGICAL_DEST,
		/* "Trigger mode is ignored for all but INIT level de-assert" */
		.level = false,
	};

	msg.deassert = msg.mode == APIC_INIT && (icr & ICR_LEVEL) &&
		       !(icr & ICR_ASSERT);
	if (x2apic) {
		msg.dest = field_get(ICR_DEST_X2APIC, icr);
		msg.broadcast = msg.dest == X2APIC_BROADCAST;
	} else {
		msg.dest = field_get(ICR_DEST_XAPIC, icr);
		msg.broadcast = msg.dest == XAPIC_BROADCAST;
	}
	return msg;
}

struct apic_msg msi_decode(u64 address, u32 data)
{
	struct apic_msg msg = {
		.dest = field_get(MSI_DEST, address),
		.vector = field_get(MSI_VECTOR, data),
		.mode = field_get(MSI_MODE, data),
		.logical = address & MSI_LOGICAL,
		.level = data & MSI_LEVEL,
		.deassert = (data & MSI_LEVEL) && !(data & MSI_ASSERT),
	};

	/* "Redirection hint: to the agent with the lowest priority" */
	if ((address & MSI_REDIRECTION) && msg.logical &&
	    msg.mode == APIC_FIXED)
		msg.mode = APIC_LOWEST;
	msg.broadcast = msg.dest == XAPIC_BROADCAST;
	return msg;
}

struct apic_msg rte_decode(u64 rte)
{
	u32 dest = field_get(RTE_DEST, rte);

	return (struct apic_msg){
		.dest = dest,
		.vector = field_get(RTE_VECTOR, rte),
		.mode = field_get(RTE_MODE, rte),
		.logical = rte & RTE_LOGICAL,
		.broadcast = dest == XAPIC_BROADCAST,
		.level = rte & RTE_LEVEL,
	};
}

/* SDM "Logical Destination Mode": flat bit mask, or 4-bit cluster and mask */
static bool matches_xapic_logical(u32 dest, u32 model, u32 ldr)
{
	if (dest > 0xff)
		return false;	/* 32-bit form, from an x2APIC sender */
	if (model == DFR_MODEL_FLAT)
		return dest & ldr;
	if (model == DFR_MODEL_CLUSTER)
		return (dest >> 4) == (ldr >> 4) && (dest & ldr & 0xf);
	return false;		/* "all other values are reserved" */
}

/* SDM "Logical Destination Mode in x2APIC Mode": [31:16] cluster, mask */
static bool matches_x2apic_logical(u32 dest, u32 ldr)
{
	return (dest >> 16) == (ldr >> 16) && (dest & ldr & 0xffff);
}

bool apic_msg_matches(const struct apic_msg *msg, u32 id, u64 dest)
{
	u32 ldr = field_get(APIC_DEST_LDR, dest);

	switch (field_get(APIC_DEST_MODE, dest)) {
	case VLAPIC_XAPIC:
		if (msg->broadcast || !msg->logical)
			break;
		return matches_xapic_logical(
			msg->dest, field_get(APIC_DEST_MODEL, dest), ldr);
	case VLAPIC_X2APIC:
		if (msg->broadcast || !msg->logical)
			break;
		return matches_x2apic_logical(msg->dest, ldr);
	default:
		return false;	/* no local APIC on the bus */
	}
	return msg->broadcast || msg->dest == id;
}

bool apic_msg_illegal_vector(const struct apic_msg *msg)
{
	return (msg->mode == APIC_FIXED || msg->mode == APIC_LOWEST) &&
	       msg->vector < 16;
}

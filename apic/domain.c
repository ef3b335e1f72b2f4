/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message delivery between the virtual local APICs of one VM: the virtual APIC
 * bus. Any CPU may send; nothing here takes a lock or waits. SDM "Issuing
 * Interprocessor Interrupts" and "Message Signalled Interrupts".
 *
 * A message for another vCPU is posted (fixed vectors into its descriptor,
 * NMI, INIT and SIPI as request bits), and the owner CPU is kicked if it had
 * nothing to do yet. A vCPU's message for itself goes straight to its page.
 */
#include "apic/domain.h"

#include "apic/icr.h"
#include "apic/notify.h"
#include "apic/vioapic.h"
#include "apic/vlapic_regs.h"
#include "core/time.h"

#define MSI_WINDOW	BITS(63, 20)
#define MSI_WINDOW_BASE	0xfee00000ull
#define MSI_REMAPPABLE	BIT(4)

/*
 * Leave @v's level bit as it is if it is right: most vectors never change.
 * True: it was not.
 */
static bool set_level(struct vlapic *v, u8 vector, bool level)
{
	u64 *word = &v->level[vector / 64];
	u64 bit = BIT(vector % 64);

	if (!(READ_ONCE(*word) & bit) == !level)
		return false;
	if (level)
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
	return true;
}

/*
 * A level-triggered vector must not be delivered before the EOI-exit bitmap
 * covers it and TMR says so. The CPU takes what it finds in PIR without either,
 * so such a vector waits where only software looks.
 */
static void post_level(struct vlapic *v, u8 vector)
{
	(void)set_level(v, vector, true);
	__atomic_fetch_or(&v->pending[vector / 64], BIT(vector % 64),
			  __ATOMIC_SEQ_CST);
	sched_post(v->se, SCHED_REQ_EVENT);
}

static void post_edge(struct vlapic *v, u8 vector)
{
	u64 control;

	/* It was level before: have software merge it, for TMR. */
	if (set_level(v, vector, false))
		sched_post(v->se, SCHED_REQ_EVENT);
	if (!pi_post(v->pid, vector, &control))
		return;
	if (field_get(PI_NV, control))
		notify_send(control);
	else
		sched_post(v->se, SCHED_REQ_EVENT);
}

static bool post_fixed(struct vlapic *v, u8 vector, bool level)
{
	if (!READ_ONCE(v->accepts_fixed))
		return false;
	if (vector < 16) {
		vlapic_post_illegal_vector(v);
		return false;
	}
	if (level)
		post_level(v, vector);
	else
		post_edge(v, vector);
	return true;
}

bool apic_domain_post(struct apic_domain *d, u32 id, u8 vector, bool level)
{
	return id < d->count && post_fixed(d->vlapic[id], vector, level);
}

/* An INIT takes a SIPI that came before it and was not looked at along. */
static void post_init(struct vlapic *v)
{
	__atomic_fetch_and(&v->se->requests, ~SCHED_REQ_SIPI,
			   __ATOMIC_RELAXED);
	sched_post(v->se, SCHED_REQ_INIT);
}

static bool deliver_to(struct vlapic *v, struct vlapic *sender,
		       const struct apic_msg *msg)
{
	switch (msg->mode) {
	case APIC_FIXED:
	case APIC_LOWEST:
		if (v != sender)
			return post_fixed(v, msg->vector, msg->level);
		if (!v->accepts_fixed)
			return false;
		vlapic_set_irr(v, msg->vector, msg->level);
		return true;
	case APIC_NMI:
		vlapic_post_nmi(v);
		return true;
	case APIC_INIT:
		post_init(v);
		return true;
	case APIC_SIPI:
		/* Visible before the request bit that announces it. */
		__atomic_store_n(&v->sipi_vector, msg->vector,
				 __ATOMIC_RELAXED);
		sched_post(v->se, SCHED_REQ_SIPI);
		return true;
	default:
		return false;
	}
}

static bool is_target(const struct vlapic *v, const struct vlapic *sender,
		      const struct apic_msg *msg)
{
	u64 dest = READ_ONCE(v->dest);

	switch (msg->shorthand) {
	case APIC_DEST_SELF:
		return v == sender;
	case APIC_DEST_OTHERS:
		if (v == sender)
			return false;
		/* fall through */
	case APIC_DEST_ALL:
		return field_get(APIC_DEST_MODE, dest) != VLAPIC_OFF;
	default:
		return apic_msg_matches(msg, v->id, dest);
	}
}

/*
 * Lowest priority: one of the targets that accept, picked by the vector. TPRs
 * of others cannot be read; this spreads vectors and is the same every time.
 */
static u32 deliver_lowest(struct apic_domain *d, struct vlapic *sender,
			  const struct apic_msg *msg)
{
	u32 count = 0, pick;

	for (u32 i = 0; i < d->count; i++)
		count += is_target(d->vlapic[i], sender, msg) &&
			 READ_ONCE(d->vlapic[i]->accepts_fixed);
	if (!count)
		return 0;
	pick = msg->vector % count;
	for (u32 i = 0; i < d->count; i++) {
		if (!is_target(d->vlapic[i], sender, msg) ||
		    !READ_ONCE(d->vlapic[i]->accepts_fixed))
			continue;
		if (!pick--)
			return deliver_to(d->vlapic[i], sender, msg);
	}
	return 0;	/* the one we meant has just been disabled */
}

u32 apic_domain_deliver(struct apic_domain *d, struct vlapic *sender,
			const struct apic_msg *msg)
{
	u32 accepted = 0;

	if (msg->deassert)
		return 0;
	/* The usual case, without a walk: one APIC by its ID. */
	if (msg->shorthand == APIC_DEST_FIELD && !msg->logical &&
	    !msg->broadcast) {
		if (msg->dest >= d->count ||
		    !is_target(d->vlapic[msg->dest], sender, msg))
			return 0;
		return deliver_to(d->vlapic[msg->dest], sender, msg);
	}
	if (msg->mode == APIC_LOWEST)
		return deliver_lowest(d, sender, msg);
	for (u32 i = 0; i < d->count; i++)
		if (is_target(d->vlapic[i], sender, msg))
			accepted += deliver_to(d->vlapic[i], sender, msg);
	return accepted;
}

/*
 * SDM "Valid Combinations for the Local APIC's ICR": to a shorthand with the
 * sender in it, only fixed interrupts go. The rest is dropped.
 */
static bool is_valid_combination(const struct apic_msg *msg)
{
	return msg->mode == APIC_FIXED || (msg->shorthand != APIC_DEST_SELF &&
					   msg->shorthand != APIC_DEST_ALL);
}

static enum icr_kind classify(const struct apic_msg *msg)
{
	if (apic_msg_illegal_vector(msg))
		return ICR_BAD_VECTOR;
	if (!is_valid_combination(msg))
		return ICR_IGNORED;
	switch (msg->mode) {
	case APIC_FIXED:
	case APIC_LOWEST:
		break;
	case APIC_NMI:
		return ICR_NMI;
	case APIC_INIT:
	case APIC_SIPI:
		return ICR_INIT_SIPI;
	default:
		return ICR_IGNORED;
	}
	if (msg->shorthand == APIC_DEST_SELF)
		return ICR_SELF;
	if (msg->shorthand != APIC_DEST_FIELD || msg->broadcast)
		return ICR_SHORTHAND;
	return msg->logical ? ICR_LOGICAL : ICR_FIXED_UNICAST;
}

void apic_domain_icr(struct apic_domain *d, struct vlapic *sender, u64 icr)
{
	bool x2apic = vlapic_mode(sender) == VLAPIC_X2APIC;
	struct apic_msg msg = icr_decode(icr, x2apic);
	enum icr_kind kind = classify(&msg);

	/* "The interrupt is not processed": nobody receives anything. */
	if (kind == ICR_BAD_VECTOR)
		vlapic_error(sender, ESR_SEND_ILLEGAL_VECTOR);
	else if (kind != ICR_IGNORED && !msg.deassert &&
		 !apic_domain_deliver(d, sender, &msg))
		kind = ICR_BAD_TARGET;
	sender->icr_count[kind]++;
}

void apic_domain_msi(struct apic_domain *d, u64 address, u32 data)
{
	struct apic_msg msg;

	/* Elsewhere it is a store that hits no memory; nobody hears of it. */
	if ((address & MSI_WINDOW) != MSI_WINDOW_BASE ||
	    (address & MSI_REMAPPABLE))
		return;
	msg = msi_decode(address, data);
	if (msg.mode != APIC_SIPI)
		(void)apic_domain_deliver(d, NULL, &msg);
}

int apic_domain_init(struct apic_domain *d, struct guest *guest,
		     struct vlapic **vlapics, u32 count)
{
	d->count = count;
	d->vlapic = vlapics;
	d->guest = guest;
	if (!d->timer_hz)
		d->timer_hz = time_tsc_hz();
	return vioapic_init(d);
}

void apic_domain_reset(struct apic_domain *d)
{
	vioapic_reset(d);
}

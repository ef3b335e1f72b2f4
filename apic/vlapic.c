/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual local APIC: reset, modes, requests, errors. SDM chapters "Advanced
 * Programmable Interrupt Controller" and "APIC Virtualization and Virtual
 * Interrupts". Register access is in vlapic_reg.c, the timer in
 * vlapic_timer.c.
 *
 * The page belongs to the owner CPU in root. What other CPUs need to know (do
 * you accept fixed interrupts, which destinations do you match) is published
 * in two atomic words; what they have to say comes by the descriptor (PIR), by
 * level[], esr_posted and sipi_vector, each followed by sched_post().
 */
#include "apic/vlapic.h"

#include "apic/domain.h"
#include "apic/icr.h"
#include "apic/ipiv.h"
#include "apic/vioapic.h"
#include "apic/vlapic_regs.h"
#include "core/err.h"
#include "core/string.h"

#define APIC_BASE_RESERVED_LOW (BITS(7, 0) | BIT(9))

void vlapic_set_vector(struct vlapic *v, u32 base, u8 vector, bool on)
{
	u32 offset = vlapic_vector_reg(base, vector);
	u32 bit = BIT(vector % 32);
	u32 old = vlapic_get(v, offset);

	vlapic_set(v, offset, on ? old | bit : old & ~bit);
}

u8 vlapic_highest_vector(const struct vlapic *v, u32 base)
{
	for (int i = 7; i >= 0; i--) {
		u32 word = vlapic_get(v, base + i * 16);

		if (word)
			return i * 32 + 31 - __builtin_clz(word);
	}
	return 0;
}

/* SDM "PPR Virtualization": the higher class of TPR and what is in service. */
u32 vlapic_ppr(const struct vlapic *v)
{
	u32 tpr = vlapic_get(v, APIC_TPR) & 0xff;
	u32 svi = vlapic_highest_vector(v, APIC_ISR);

	return (tpr >> 4) >= (svi >> 4) ? tpr : svi & 0xf0;
}

void vlapic_request_sync(struct vlapic *v)
{
	sched_post(v->se, SCHED_REQ_EVENT);
}

enum vlapic_mode vlapic_mode(const struct vlapic *v)
{
	if (!(v->apic_base & APIC_BASE_EN))
		return VLAPIC_OFF;
	return v->apic_base & APIC_BASE_EXTD ? VLAPIC_X2APIC : VLAPIC_XAPIC;
}

/* Senders that ask (software) and those that do not (the CPU's table walk). */
static void set_accepts(struct vlapic *v, bool accepts)
{
	ipiv_publish(v, accepts);
	__atomic_store_n(&v->accepts_fixed, accepts, __ATOMIC_SEQ_CST);
}

void vlapic_publish(struct vlapic *v)
{
	u32 ldr = vlapic_get(v, APIC_LDR);
	enum vlapic_mode mode = vlapic_mode(v);
	bool accepts = mode != VLAPIC_OFF &&
		       (vlapic_get(v, APIC_SVR) & SVR_ENABLE);
	u64 dest;

	if (mode == VLAPIC_XAPIC)
		ldr >>= 24;
	dest = field_prep(APIC_DEST_MODE, mode) |
	       field_prep(APIC_DEST_MODEL, vlapic_get(v, APIC_DFR) >> 28) |
	       field_prep(APIC_DEST_LDR, ldr);
	set_accepts(v, accepts);
	if (__atomic_exchange_n(&v->dest, dest, __ATOMIC_RELAXED) == dest)
		return;
	/* Release: whoever sees the new generation sees the new word. */
	__atomic_fetch_add(&v->domain->eoi_generation, 1, __ATOMIC_RELEASE);
}

/* ID and LDR in the form of the mode; SDM "Logical x2APIC ID". */
static void set_identity(struct vlapic *v)
{
	bool x2apic = vlapic_mode(v) == VLAPIC_X2APIC;

	vlapic_set(v, APIC_ID, x2apic ? v->id : v->id << 24);
	if (x2apic)
		vlapic_set(v, APIC_LDR,
			   (v->id >> 4) << 16 | BIT(v->id & 15));
}

/* As pi_drain(), for what hardware must not merge; see post_level(). */
static bool take_pending(struct vlapic *v, u64 irr[4])
{
	bool any = false;

	for (u32 i = 0; i < 4; i++) {
		if (!READ_ONCE(v->pending[i]))
			continue;
		irr[i] |= __atomic_exchange_n(&v->pending[i], 0,
					      __ATOMIC_SEQ_CST);
		any = true;
	}
	return any;
}

/* Forget what other CPUs have posted up to now. */
static void discard_posted(struct vlapic *v)
{
	u64 irr[4] = { 0 };

	(void)pi_drain(v->pid, irr);	/* dropped whether any was set or not */
	(void)take_pending(v, irr);
	__atomic_store_n(&v->esr_posted, 0, __ATOMIC_RELAXED);
}

void vlapic_reset(struct vlapic *v)
{
	/* First stop senders, then drop what they have sent. */
	set_accepts(v, false);
	discard_posted(v);
	memset(v->page, 0, PAGE_SIZE);
	vlapic_set(v, APIC_VERSION, APIC_VERSION_VALUE);
	vlapic_set(v, APIC_DFR, 0xffffffff);
	vlapic_set(v, APIC_SVR, 0xff);
	for (u32 i = 0; i < VLAPIC_LVTS; i++)
		vlapic_set(v, vlapic_lvt[i], LVT_MASK);
	set_identity(v);
	vlapic_timer_reset(v);
	v->esr_pending = 0;
	v->svi = 0;
	vlapic_publish(v);
	vlapic_request_sync(v);
}

void vlapic_init(struct vlapic *v, struct apic_domain *domain, u32 id,
		 bool bsp)
{
	v->id = id;
	v->domain = domain;
	v->apic_base = VLAPIC_GPA | APIC_BASE_EN | (bsp ? APIC_BASE_BSP : 0);
	vlapic_reset(v);
}

/* SDM "x2APIC State Transitions": the two below and EXTD without EN fault. */
static bool mode_change_ok(u64 from, u64 to)
{
	if ((to & APIC_BASE_EXTD) && !(to & APIC_BASE_EN))
		return false;
	if (!(from & APIC_BASE_EN))
		return !(to & APIC_BASE_EXTD);
	if (from & APIC_BASE_EXTD)
		return (to & APIC_BASE_EXTD) || !(to & APIC_BASE_EN);
	return true;
}

int vlapic_set_base(struct vlapic *v, u64 value)
{
	const struct apic_domain *d = v->domain;
	u32 phys_bits = d->phys_bits ? d->phys_bits : 52;
	u64 reserved = APIC_BASE_RESERVED_LOW | BITS(63, phys_bits);
	enum vlapic_mode old = vlapic_mode(v);

	if (d->no_x2apic)
		reserved |= APIC_BASE_EXTD;
	/* Not fail(): an ordinary #GP of the guest, not an error of ours. */
	if ((value & reserved) || !mode_change_ok(v->apic_base, value))
		return -EINVAL;
	v->apic_base = value;
	if (vlapic_mode(v) == old)
		return 0;
	if (old == VLAPIC_XAPIC && vlapic_mode(v) == VLAPIC_X2APIC) {
		/* The rest of the state carries over. */
		set_identity(v);
		vlapic_set(v, APIC_ICR + 4, 0);
		vlapic_set(v, APIC_ICR2, 0);
		vlapic_publish(v);
	} else {
		/* "as after a power-up or reset", leaving and coming back */
		vlapic_reset(v);
	}
	return 0;
}

static void request_vector(struct vlapic *v, u8 vector, bool level)
{
	vlapic_set_vector(v, APIC_TMR, vector, level);
	vlapic_set_vector(v, APIC_IRR, vector, true);
	vlapic_request_sync(v);
}

/*
 * A CPU takes one NMI at once and latches a second. Ours may not look for a
 * while, so two that come close together must both be kept for it.
 */
void vlapic_post_nmi(struct vlapic *v)
{
	if (sched_post(v->se, SCHED_REQ_NMI) & SCHED_REQ_NMI)
		sched_post(v->se, SCHED_REQ_NMI2);
}

void vlapic_lvt_deliver(struct vlapic *v, u32 offset)
{
	u32 lvt = vlapic_get(v, offset);
	u8 vector = field_get(LVT_VECTOR, lvt);

	if (lvt & LVT_MASK)
		return;
	switch (field_get(LVT_MODE, lvt)) {
	case APIC_FIXED:
		if (vector >= 16)
			request_vector(v, vector, false);
		else if (offset != APIC_LVT_ERROR)
			vlapic_error(v, ESR_RECEIVE_ILLEGAL_VECTOR);
		else	/* XSA-462: an error about the error LVT only shows */
			v->esr_pending |= ESR_RECEIVE_ILLEGAL_VECTOR;
		break;
	case APIC_NMI:
		vlapic_post_nmi(v);
		break;
	case APIC_INIT:
		sched_post(v->se, SCHED_REQ_INIT);
		break;
	default:	/* SMI: no SMM; ExtINT: no 8259; the rest is reserved */
		break;
	}
}

void vlapic_lint(struct vlapic *v, u32 pin)
{
	if (vlapic_mode(v) != VLAPIC_OFF)
		vlapic_lvt_deliver(v, pin ? APIC_LVT_LINT1 : APIC_LVT_LINT0);
}

/* Each kind of error signals once until ESR is written: that rearms it. */
void vlapic_error(struct vlapic *v, u32 esr_bits)
{
	u32 fresh = esr_bits & ~v->esr_pending;

	v->esr_pending |= esr_bits;
	if (fresh)
		vlapic_lvt_deliver(v, APIC_LVT_ERROR);
}

void vlapic_post_illegal_vector(struct vlapic *v)
{
	__atomic_fetch_or(&v->esr_posted, ESR_RECEIVE_ILLEGAL_VECTOR,
			  __ATOMIC_RELAXED);
	sched_post(v->se, SCHED_REQ_EVENT);
}

void vlapic_set_irr(struct vlapic *v, u8 vector, bool level)
{
	u64 bit = BIT(vector % 64);

	if (vector < 16) {
		vlapic_error(v, ESR_RECEIVE_ILLEGAL_VECTOR);
		return;
	}
	/* Keep in step with posts of the same vector, see merge_posted(). */
	if (level)
		__atomic_fetch_or(&v->level[vector / 64], bit,
				  __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&v->level[vector / 64], ~bit,
				   __ATOMIC_RELAXED);
	request_vector(v, vector, level);
}

/* @irr is what the descriptor held; TMR follows each accepted vector. */
static void merge_posted(struct vlapic *v, const u64 irr[4])
{
	for (u32 i = 0; i < 8; i++) {
		u32 fresh = irr[i / 2] >> (32 * (i & 1));
		u32 level = READ_ONCE(v->level[i / 2]) >> (32 * (i & 1));
		u32 tmr = vlapic_get(v, APIC_TMR + i * 16);

		if (!fresh)
			continue;
		vlapic_set(v, APIC_TMR + i * 16,
			   (tmr & ~fresh) | (level & fresh));
		vlapic_set(v, APIC_IRR + i * 16,
			   vlapic_get(v, APIC_IRR + i * 16) | fresh);
	}
}

u8 vlapic_sync(struct vlapic *v)
{
	u64 irr[4] = { 0 };
	u32 errors = 0;
	bool posted;

	if (READ_ONCE(v->esr_posted))
		errors = __atomic_exchange_n(&v->esr_posted, 0,
					     __ATOMIC_RELAXED);
	if (errors && READ_ONCE(v->accepts_fixed))
		vlapic_error(v, errors);
	/*
	 * From here on the bit is answered. Left over (by the error above, or
	 * by a timer that fired after sched_take()), it would make the next
	 * sender believe that somebody else has kicked. Before the drain: what
	 * is posted later sets it again and kicks.
	 */
	if (READ_ONCE(v->se->requests) & SCHED_REQ_EVENT)
		__atomic_fetch_and(&v->se->requests, ~SCHED_REQ_EVENT,
				   __ATOMIC_SEQ_CST);
	/*
	 * A disabled APIC does not accept: a sender that saw it enabled and
	 * posts late is as good as one that came too late.
	 */
	posted = pi_drain(v->pid, irr);
	if ((take_pending(v, irr) || posted) && READ_ONCE(v->accepts_fixed))
		merge_posted(v, irr);
	v->svi = vlapic_highest_vector(v, APIC_ISR);
	vlapic_set(v, APIC_PPR, vlapic_ppr(v));
	return vlapic_highest_vector(v, APIC_IRR);
}

bool vlapic_has_interrupt(const struct vlapic *v)
{
	u32 rvi = vlapic_highest_vector(v, APIC_IRR);

	return (rvi >> 4) > (vlapic_ppr(v) >> 4);
}

void vlapic_eoi(struct vlapic *v, u8 vector)
{
	bool level = vlapic_test_vector(v, APIC_TMR, vector) ||
		     (READ_ONCE(v->level[vector / 64]) & BIT(vector % 64));

	if (level && !(vlapic_get(v, APIC_SVR) & SVR_SUPPRESS_EOI))
		vioapic_eoi(v->domain, vector);
}

bool vlapic_eoi_exit_bitmap(struct vlapic *v, u64 bitmap[4])
{
	u32 generation = __atomic_load_n(&v->domain->eoi_generation,
					 __ATOMIC_ACQUIRE);

	if (generation == v->eoi_generation)
		return false;
	/* What changes from here on has a newer generation: nothing is lost. */
	v->eoi_generation = generation;
	vioapic_eoi_exit_bitmap(v->domain, v, bitmap);
	return true;
}

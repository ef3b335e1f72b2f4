/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * APIC timer: one-shot, periodic and TSC-deadline, SDM "APIC Timer". Nothing
 * counts: the current count is computed from the TSC at which the running
 * count-down ends.
 *
 * timer_expiry_tsc is that TSC (TIME_NEVER: stopped). timer_deadline_tsc is
 * the same while the LVT is unmasked, else TIME_NEVER, so a masked timer counts
 * but costs no exits. Every change first settles what has passed under the
 * old settings: a deadline that lies before the change is not lost by it.
 */
#include "apic/domain.h"
#include "apic/vlapic_regs.h"
#include "core/time.h"

enum timer_mode { TIMER_ONE_SHOT, TIMER_PERIODIC, TIMER_TSC_DEADLINE };

#define TDCR_HIGH	BIT(3)
#define TDCR_LOW	BITS(1, 0)

/* A guest may ask for a period of nanoseconds; it gets the CPU in between. */
#define PERIOD_MIN_US	20

static enum timer_mode mode_of(u32 lvt)
{
	return field_get(LVT_TIMER_MODE, lvt);
}

/*
 * x * to / from in 64 bits: the product of the remainder fits, as one of the
 * clocks is the timer's, below 2^30 Hz, and no TSC reaches 2^33 Hz.
 */
static u64 rescale(u64 x, u64 from, u64 to)
{
	if (from == to)
		return x;
	return x / from * to + x % from * to / from;
}

static u64 count_to_tsc(const struct vlapic *v, u32 count)
{
	return rescale((u64)count * v->timer_divisor, v->domain->timer_hz,
		       time_tsc_hz());
}

/* Rounded up: a count-down that is not over does not read 0. */
static u32 tsc_to_count(const struct vlapic *v, u64 tsc)
{
	u64 ticks = rescale(tsc, time_tsc_hz(), v->domain->timer_hz);
	u64 count = ticks / v->timer_divisor + 1;

	return min(count, (u64)vlapic_get(v, APIC_TMICT));
}

static void publish_deadline(struct vlapic *v)
{
	v->timer_deadline_tsc = v->lvt_timer & LVT_MASK ? TIME_NEVER :
							  v->timer_expiry_tsc;
}

static void stop(struct vlapic *v)
{
	v->timer_expiry_tsc = TIME_NEVER;
	v->tsc_deadline = 0;
	publish_deadline(v);
}

/*
 * Ends of count-downs missed in between count as one, as IRR holds one. The
 * phase is kept: the next end is a whole number of periods after the last.
 */
static void next_period(struct vlapic *v, u64 now_tsc)
{
	u64 period = max(v->timer_period_tsc, (u64)1);
	u64 shortest = time_us_to_tsc(PERIOD_MIN_US);
	u64 earliest = now_tsc + (period < shortest ? shortest : 1);
	u64 behind = earliest - v->timer_expiry_tsc;

	v->timer_expiry_tsc += (behind + period - 1) / period * period;
}

static void settle(struct vlapic *v, u64 now_tsc)
{
	if (now_tsc < v->timer_expiry_tsc)
		return;
	if (mode_of(v->lvt_timer) == TIMER_PERIODIC)
		next_period(v, now_tsc);
	else
		v->timer_expiry_tsc = TIME_NEVER;
	v->tsc_deadline = 0;
	publish_deadline(v);
	if (!(v->lvt_timer & LVT_MASK))
		vlapic_set_irr(v, field_get(LVT_VECTOR, v->lvt_timer), false);
}

void vlapic_timer_check(struct vlapic *v, u64 now_tsc)
{
	if (now_tsc >= v->timer_deadline_tsc)
		settle(v, now_tsc);
}

/* What is left of the running count-down; 0 when stopped. */
static u64 remaining(const struct vlapic *v, u64 now_tsc)
{
	u64 left;

	if (v->timer_expiry_tsc == TIME_NEVER)
		return 0;
	left = v->timer_expiry_tsc - now_tsc;
	/* A very short period ends more often than it is let to fire. */
	if (mode_of(v->lvt_timer) == TIMER_PERIODIC && v->timer_period_tsc)
		return (left - 1) % v->timer_period_tsc + 1;
	return left;
}

u32 vlapic_timer_count(struct vlapic *v)
{
	u64 now_tsc = time_now_tsc();
	u64 left;

	if (mode_of(v->lvt_timer) == TIMER_TSC_DEADLINE)
		return 0;
	settle(v, now_tsc);
	left = remaining(v, now_tsc);
	return left ? tsc_to_count(v, left - 1) : 0;
}

void vlapic_timer_write_count(struct vlapic *v)
{
	u32 count = vlapic_get(v, APIC_TMICT);
	u64 now_tsc = time_now_tsc();

	settle(v, now_tsc);
	if (mode_of(v->lvt_timer) > TIMER_PERIODIC) {
		/* "writes to the initial-count register are ignored" */
		vlapic_set(v, APIC_TMICT, 0);
		return;
	}
	v->timer_period_tsc = count_to_tsc(v, count);
	v->timer_expiry_tsc = count ? now_tsc + v->timer_period_tsc :
				      TIME_NEVER;
	publish_deadline(v);
}

void vlapic_timer_write_divide(struct vlapic *v)
{
	u32 tdcr = vlapic_get(v, APIC_TDCR);
	u32 code = (tdcr & TDCR_HIGH ? 4 : 0) | (tdcr & TDCR_LOW);
	u64 now_tsc = time_now_tsc();
	u32 count;

	settle(v, now_tsc);
	count = vlapic_timer_count(v);
	v->timer_divisor = code == 7 ? 1 : 2u << code;
	/* The count stays; from here on it falls at the new rate. */
	v->timer_period_tsc = count_to_tsc(v, vlapic_get(v, APIC_TMICT));
	if (count) {
		v->timer_expiry_tsc = now_tsc + count_to_tsc(v, count);
		publish_deadline(v);
	}
}

/*
 * Between one-shot and periodic the count goes on from where it is, and a
 * count that has reached 0 stays there. To or from any other mode disarms.
 */
void vlapic_timer_write_lvt(struct vlapic *v)
{
	u32 lvt = vlapic_get(v, APIC_LVT_TIMER);
	enum timer_mode old = mode_of(v->lvt_timer);

	settle(v, time_now_tsc());
	v->lvt_timer = lvt;
	if (mode_of(lvt) != old && (mode_of(lvt) > TIMER_PERIODIC ||
				    old > TIMER_PERIODIC)) {
		vlapic_set(v, APIC_TMICT, 0);
		stop(v);
	}
	publish_deadline(v);
}

void vlapic_timer_reset(struct vlapic *v)
{
	v->lvt_timer = LVT_MASK;
	v->timer_divisor = 2;
	v->timer_period_tsc = 0;
	stop(v);
}

/* Host TSC of the guest's deadline, which may lie in the past. */
static void arm_deadline(struct vlapic *v, u64 now_tsc)
{
	u64 guest_now = now_tsc + v->tsc_offset;
	u64 left = v->tsc_deadline - guest_now;

	if (!v->tsc_deadline)
		v->timer_expiry_tsc = TIME_NEVER;
	else if (v->tsc_deadline <= guest_now)
		v->timer_expiry_tsc = now_tsc;
	else if (left >= TIME_NEVER - 1 - now_tsc)
		v->timer_expiry_tsc = TIME_NEVER - 1;
	else
		v->timer_expiry_tsc = now_tsc + left;
	publish_deadline(v);
}

u64 vlapic_tsc_deadline_read(struct vlapic *v)
{
	/* "When the timer fires, it disarms itself and clears the MSR." */
	settle(v, time_now_tsc());
	return v->tsc_deadline;
}

void vlapic_tsc_deadline_write(struct vlapic *v, u64 guest_tsc)
{
	u64 now_tsc = time_now_tsc();

	if (mode_of(v->lvt_timer) != TIMER_TSC_DEADLINE)
		return;
	settle(v, now_tsc);
	v->tsc_deadline = guest_tsc;
	arm_deadline(v, now_tsc);
	settle(v, now_tsc);
}

void vlapic_set_tsc_offset(struct vlapic *v, u64 offset)
{
	u64 now_tsc = time_now_tsc();

	settle(v, now_tsc);
	v->tsc_offset = offset;
	if (mode_of(v->lvt_timer) == TIMER_TSC_DEADLINE)
		arm_deadline(v, now_tsc);
}

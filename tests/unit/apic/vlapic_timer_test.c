/* SPDX-License-Identifier: BSD-2-Clause */
/* APIC timer modes. 80 TSC ticks are one tick of the timer's input clock. */
#include "apic/vlapic.h"

#include "tests/unit/apic/fixture.h"

#define TICK	80ull

enum { ONE_SHOT = 0, PERIODIC = 0x20000, DEADLINE = 0x40000, MASKED = 0x10000 };

static struct vlapic *timer(u32 lvt)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_TDCR, 0xb);	/* divide by 1 */
	vlapic_mmio_write(v, APIC_LVT_TIMER, lvt);
	return v;
}

static u32 count(struct vlapic *v)
{
	return vlapic_mmio_read(v, APIC_TMCCT);
}

/* Let time pass as the run loop does; returns how often it fired. */
static u32 pass(struct vlapic *v, u64 ticks)
{
	u64 end = fix_now + ticks * TICK;
	u32 fired = 0;

	while (vlapic_deadline(v) <= end) {
		fix_now = max(fix_now, vlapic_deadline(v));
		vlapic_timer_check(v, fix_now);
		while (fix_take(v)) {
			fired++;
			vlapic_mmio_write(v, APIC_EOI, 0);
		}
	}
	fix_now = end;
	return fired;
}

TEST(one_shot_counts_down_fires_once_and_stops)
{
	struct vlapic *v = timer(ONE_SHOT | 0x40);

	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	vlapic_mmio_write(v, APIC_TMICT, 1000);
	EXPECT_EQ(vlapic_deadline(v), fix_now + 1000 * TICK);
	EXPECT_EQ(count(v), 1000);
	EXPECT_EQ(pass(v, 250), 0);
	EXPECT_EQ(count(v), 750);
	EXPECT_EQ(pass(v, 749), 0);
	EXPECT_EQ(count(v), 1);
	EXPECT_EQ(pass(v, 1), 1);
	EXPECT_EQ(count(v), 0);
	EXPECT_EQ(pass(v, 5000), 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_TMICT), 1000);
}

TEST(periodic_reloads_and_keeps_its_phase)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	EXPECT_EQ(pass(v, 10500), 10);
	EXPECT_EQ(count(v), 500);
	/* Late by 3.7 periods: one interrupt, next end in phase. */
	fix_now += 3700 * TICK;
	vlapic_timer_check(v, fix_now);
	EXPECT_EQ(fix_take(v), 0x40);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(vlapic_deadline(v), fix_now + 800 * TICK);
}

TEST(writing_zero_stops_the_timer)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_mmio_write(v, APIC_TMICT, 0);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	EXPECT_EQ(count(v), 0);
}

TEST(divider_encodings)
{
	static const struct {
		u32 code, divisor;
	} t[] = { { 0, 2 }, { 1, 4 },  { 2, 8 },  { 3, 16 },
		  { 8, 32 }, { 9, 64 }, { 10, 128 }, { 11, 1 } };

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = timer(ONE_SHOT | 0x40);

		vlapic_mmio_write(v, APIC_TDCR, t[i].code);
		vlapic_mmio_write(v, APIC_TMICT, 100);
		EXPECT_EQ(vlapic_deadline(v) - fix_now,
			  100 * TICK * t[i].divisor);
	}
}

TEST(reset_divider_is_two)
{
	struct vlapic *v = fix_init(1);

	fix_enable(v);
	vlapic_mmio_write(v, APIC_LVT_TIMER, 0x40);
	vlapic_mmio_write(v, APIC_TMICT, 100);
	EXPECT_EQ(vlapic_deadline(v) - fix_now, 200 * TICK);
}

TEST(a_new_divider_changes_the_rate_from_here_on)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	pass(v, 400);
	vlapic_mmio_write(v, APIC_TDCR, 0);
	EXPECT_EQ(count(v), 600);
	EXPECT_EQ(vlapic_deadline(v) - fix_now, 1200 * TICK);
	pass(v, 200);
	EXPECT_EQ(count(v), 500);
	EXPECT_EQ(pass(v, 1000 + 2000 + 1999), 2);
}

TEST(largest_count_and_divider)
{
	struct vlapic *v = timer(ONE_SHOT | 0x40);

	vlapic_mmio_write(v, APIC_TDCR, 10);
	vlapic_mmio_write(v, APIC_TMICT, 0xffffffff);
	EXPECT_EQ(vlapic_deadline(v) - fix_now, 0xffffffffull * 128 * TICK);
	EXPECT_EQ(count(v), 0xffffffff);
	fix_now += 0x80000000ull * 128 * TICK;
	EXPECT_EQ(count(v), 0x7fffffff);
}

/* What kvm-unit-tests' apic_change_mode walks through. */
TEST(one_shot_and_periodic_switch_without_reload)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_mmio_write(v, APIC_LVT_TIMER, ONE_SHOT | 0x40);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_TMICT), 1000);
	pass(v, 700);
	vlapic_mmio_write(v, APIC_LVT_TIMER, PERIODIC | 0x40);
	EXPECT_EQ(count(v), 300);
	EXPECT_EQ(pass(v, 400), 1);
	EXPECT_EQ(count(v), 900);
	pass(v, 600);
	vlapic_mmio_write(v, APIC_LVT_TIMER, ONE_SHOT | 0x40);
	EXPECT_EQ(count(v), 300);
	EXPECT_EQ(pass(v, 3000), 1);
	EXPECT_EQ(count(v), 0);
	vlapic_mmio_write(v, APIC_LVT_TIMER, PERIODIC | 0x40);
	EXPECT_EQ(count(v), 0);
	EXPECT_EQ(pass(v, 3000), 0);
}

TEST(tsc_deadline_mode_disarms_in_both_directions)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_mmio_write(v, APIC_LVT_TIMER, DEADLINE | 0x41);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	EXPECT_EQ(count(v), 0);
	vlapic_tsc_deadline_write(v, fix_now + 5000);
	EXPECT_EQ(vlapic_deadline(v), fix_now + 5000);
	vlapic_mmio_write(v, APIC_LVT_TIMER, ONE_SHOT | 0x41);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), 0);
	EXPECT_EQ(count(v), 0);
}

TEST(tsc_deadline_fires_and_reads_zero_afterwards)
{
	struct vlapic *v = timer(DEADLINE | 0x41);
	u64 deadline = fix_now + 5000;

	vlapic_tsc_deadline_write(v, deadline);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), deadline);
	fix_now = deadline - 1;
	vlapic_timer_check(v, fix_now);
	EXPECT_EQ(fix_take(v), 0);
	fix_now = deadline;
	vlapic_timer_check(v, fix_now);
	EXPECT_EQ(fix_take(v), 0x41);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), 0);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
}

TEST(tsc_deadline_in_the_past_fires_at_once)
{
	struct vlapic *v = timer(DEADLINE | 0x41);

	vlapic_tsc_deadline_write(v, 1);
	EXPECT_EQ(fix_take(v), 0x41);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), 0);
}

TEST(tsc_deadline_zero_disarms)
{
	struct vlapic *v = timer(DEADLINE | 0x41);

	vlapic_tsc_deadline_write(v, fix_now + 5000);
	vlapic_tsc_deadline_write(v, 0);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	EXPECT_EQ(pass(v, 100000), 0);
}

TEST(tsc_deadline_is_ignored_in_other_modes)
{
	struct vlapic *v = timer(ONE_SHOT | 0x41);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_tsc_deadline_write(v, 1);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), 0);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(count(v), 1000);
}

TEST(initial_count_is_ignored_in_tsc_deadline_mode)
{
	struct vlapic *v = timer(DEADLINE | 0x41);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_TMICT), 0);
	EXPECT_EQ(count(v), 0);
}

TEST(tsc_deadline_is_in_guest_time)
{
	struct vlapic *v = timer(DEADLINE | 0x41);

	fix_now = 1000000;
	vlapic_set_tsc_offset(v, -900000ull);	/* the guest reads 100000 */
	vlapic_tsc_deadline_write(v, 150000);
	EXPECT_EQ(vlapic_deadline(v), 1050000);
	/* The guest sets its TSC forward; the deadline comes nearer. */
	vlapic_set_tsc_offset(v, -880000ull);
	EXPECT_EQ(vlapic_deadline(v), 1030000);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), 150000);
	vlapic_set_tsc_offset(v, 0);
	vlapic_timer_check(v, fix_now);
	EXPECT_EQ(fix_take(v), 0x41);
}

TEST(tsc_deadline_far_away_does_not_wrap)
{
	struct vlapic *v = timer(DEADLINE | 0x41);

	vlapic_tsc_deadline_write(v, ~0ull);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(vlapic_tsc_deadline_read(v), ~0ull);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER - 1);
	vlapic_set_tsc_offset(v, -2000ull);
	EXPECT_EQ(vlapic_deadline(v), fix_now + 999);
}

TEST(a_masked_timer_counts_without_interrupts_or_deadline)
{
	struct vlapic *v = timer(PERIODIC | MASKED | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	fix_now += 2500 * TICK;
	EXPECT_EQ(count(v), 500);
	vlapic_mmio_write(v, APIC_LVT_TIMER, PERIODIC | 0x40);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(vlapic_deadline(v), fix_now + 500 * TICK);
	/* A one-shot that ended under mask stays ended. */
	vlapic_mmio_write(v, APIC_LVT_TIMER, ONE_SHOT | MASKED | 0x40);
	fix_now += 2500 * TICK;
	vlapic_mmio_write(v, APIC_LVT_TIMER, ONE_SHOT | 0x40);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(count(v), 0);
}

TEST(an_end_before_the_mask_is_not_lost)
{
	struct vlapic *v = timer(ONE_SHOT | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	fix_now += 1001 * TICK;
	vlapic_mmio_write(v, APIC_LVT_TIMER, ONE_SHOT | MASKED | 0x40);
	EXPECT_EQ(fix_take(v), 0x40);
}

TEST(software_disable_masks_the_timer)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_mmio_write(v, APIC_SVR, 0xff);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
}

TEST(a_tiny_period_leaves_time_to_run)
{
	struct vlapic *v = timer(PERIODIC | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1);
	/* 20 us at least after each; 25000 ticks are 1 ms. */
	EXPECT(pass(v, 25000) <= 50);
	EXPECT_EQ(count(v), 1);
}

TEST(an_illegal_timer_vector_is_a_receive_error)
{
	struct vlapic *v = timer(ONE_SHOT | 5);

	vlapic_mmio_write(v, APIC_TMICT, 10);
	EXPECT_EQ(pass(v, 20), 0);
	vlapic_mmio_write(v, APIC_ESR, 0);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ESR), 0x40);
}

TEST(the_reserved_timer_mode_runs_nothing)
{
	struct vlapic *v = timer(ONE_SHOT | 0x40);

	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_mmio_write(v, APIC_LVT_TIMER, 0x60040);
	vlapic_mmio_write(v, APIC_TMICT, 1000);
	vlapic_tsc_deadline_write(v, 1);
	EXPECT_EQ(vlapic_deadline(v), TIME_NEVER);
	EXPECT_EQ(count(v), 0);
}

TEST(count_is_exact_when_the_clocks_do_not_divide)
{
	struct vlapic *v = timer(ONE_SHOT | 0x40);
	u32 last = 123457;

	fix_domain.timer_hz = 23999999;
	vlapic_mmio_write(v, APIC_TMICT, last);
	EXPECT_EQ(count(v), last);
	while (vlapic_deadline(v) > fix_now) {
		u32 now = count(v);
		u64 left = vlapic_deadline(v) - fix_now;
		u64 want = (left * 23999999 + FIX_TSC_HZ - 1) / FIX_TSC_HZ;

		EXPECT(now && now <= last && now - want + 1 <= 2);
		last = now;
		fix_now += 999983;
	}
	EXPECT_EQ(count(v), 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduler: order, slices, blocking, fairness, and the lock-free edges. */
#include "core/sched.h"

#include <pthread.h>
#include <sched.h>

#include "core/cpu.h"
#include "core/string.h"
#include "core/time.h"
#include "tests/unit/test.h"

#define US	1000ull		/* TSC ticks */
#define MS	(1000 * US)
#define SLICE	(5 * MS)

static u64 now;
static u32 kicks;		/* atomic */
static struct cpu cpu;
static struct sched_entity se[32];

void cpu_kick(u32 cpu_index)
{
	EXPECT_EQ(cpu_index, 3);
	__atomic_fetch_add(&kicks, 1, __ATOMIC_SEQ_CST);
}

u64 time_now_tsc(void)
{
	return now;
}

u64 time_us_to_tsc(u64 us)
{
	return us * US;
}

static void reset(void)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(se, 0, sizeof(se));
	cpu.shared = &cpu_shared[3];
	cpu.shared->incoming = NULL;
	for (u32 i = 0; i < ARRAY_SIZE(se); i++)
		se[i] = (struct sched_entity){ .cpu = 3, .share = 100 };
	now = 10 * MS;
	kicks = 0;
}

static void attach(u32 count)
{
	for (u32 i = 0; i < count; i++)
		sched_attach(&se[i]);
}

/* Run what is picked to the end of its slice, for @total of time. */
static void run_for(u64 total)
{
	u64 end = now + total;

	while (now < end) {
		struct sched_entity *picked = sched_pick(&cpu, now);
		u64 until = picked ? cpu.sched.slice_end_tsc :
				     cpu.sched.idle_wake_tsc;

		if (picked)
			sched_take(picked);
		until = max(until, now + 1);
		now = min(end, until);
	}
	(void)sched_pick(&cpu, now);
}

TEST(an_empty_cpu_idles_without_end)
{
	reset();
	EXPECT(!sched_pick(&cpu, now));
	EXPECT_EQ(cpu.sched.idle_wake_tsc, TIME_NEVER);
}

TEST(attach_kicks_and_is_adopted_by_the_owner)
{
	reset();
	attach(2);
	EXPECT_EQ(kicks, 2);
	EXPECT_EQ(se[0].state, SCHED_OFF);
	EXPECT(sched_pick(&cpu, now));
	EXPECT_EQ(se[0].state, SCHED_RUNNABLE);
	EXPECT_EQ(se[1].state, SCHED_RUNNABLE);
}

TEST(one_alone_has_no_slice)
{
	reset();
	attach(1);
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
	EXPECT_EQ(cpu.sched.slice_end_tsc, TIME_NEVER);
	EXPECT_EQ(cpu.sched.current, &se[0]);
}

TEST(two_alternate_in_slices)
{
	struct sched_entity *first, *second;

	reset();
	attach(2);
	first = sched_pick(&cpu, now);
	EXPECT_EQ(cpu.sched.slice_end_tsc, now + SLICE);
	now += SLICE;
	second = sched_pick(&cpu, now);
	EXPECT(first != second);
	now += SLICE;
	EXPECT_EQ(sched_pick(&cpu, now), first);
}

TEST(an_early_pick_keeps_the_current_one_and_its_slice)
{
	struct sched_entity *first;

	reset();
	attach(2);
	first = sched_pick(&cpu, now);
	now += 2 * MS;
	EXPECT_EQ(sched_pick(&cpu, now), first);
	EXPECT_EQ(cpu.sched.slice_end_tsc, now + 3 * MS);
	EXPECT_EQ(first->ran_tsc, 2 * MS);
}

TEST(a_newcomer_ends_an_endless_slice)
{
	reset();
	attach(1);
	(void)sched_pick(&cpu, now);
	now += 100 * MS;
	sched_attach(&se[1]);
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
	EXPECT_EQ(cpu.sched.slice_end_tsc, now + SLICE);
	now += SLICE;
	EXPECT_EQ(sched_pick(&cpu, now), &se[1]);
	/* It starts level: no right to the 100 ms before it came. */
	now += SLICE;
	(void)sched_pick(&cpu, now);
	now += SLICE;
	EXPECT_EQ(sched_pick(&cpu, now), &se[1]);
}

TEST(the_slice_disappears_with_the_other)
{
	reset();
	attach(2);
	(void)sched_pick(&cpu, now);
	now += MS;
	sched_block(&cpu, &se[0], TIME_NEVER);
	EXPECT_EQ(sched_pick(&cpu, now), &se[1]);
	EXPECT_EQ(cpu.sched.slice_end_tsc, TIME_NEVER);
}

TEST(a_blocked_one_waits_for_a_request)
{
	reset();
	attach(1);
	(void)sched_pick(&cpu, now);
	sched_block(&cpu, &se[0], TIME_NEVER);
	EXPECT(!sched_pick(&cpu, now));
	EXPECT_EQ(cpu.sched.idle_wake_tsc, TIME_NEVER);
	EXPECT(!cpu.sched.current);
	kicks = 0;
	sched_post(&se[0], SCHED_REQ_EVENT);
	EXPECT_EQ(kicks, 1);
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
	EXPECT_EQ(sched_take(&se[0]), SCHED_REQ_EVENT);
}

/* The race of "take, decide to block, post, block". */
TEST(a_request_before_the_block_is_not_lost)
{
	reset();
	attach(1);
	(void)sched_pick(&cpu, now);
	EXPECT_EQ(sched_take(&se[0]), 0);
	sched_post(&se[0], SCHED_REQ_NMI);
	sched_block(&cpu, &se[0], TIME_NEVER);
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
}

TEST(a_deadline_wakes_with_the_timer_bit)
{
	reset();
	attach(1);
	(void)sched_pick(&cpu, now);
	sched_block(&cpu, &se[0], now + MS);
	EXPECT(!sched_pick(&cpu, now));
	EXPECT_EQ(cpu.sched.idle_wake_tsc, now + MS);
	now += MS;
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
	EXPECT_EQ(sched_take(&se[0]), SCHED_REQ_TIMER);
	EXPECT_EQ(sched_take(&se[0]), 0);
}

TEST(the_deadline_of_a_blocked_one_bounds_the_slice)
{
	reset();
	attach(3);
	(void)sched_pick(&cpu, now);
	sched_block(&cpu, &se[0], now + 2 * MS);
	EXPECT(sched_pick(&cpu, now));
	EXPECT_EQ(cpu.sched.slice_end_tsc, now + 2 * MS);
	sched_block(&cpu, &se[1], TIME_NEVER);
	EXPECT_EQ(sched_pick(&cpu, now), &se[2]);
	EXPECT_EQ(cpu.sched.slice_end_tsc, now + 2 * MS);
}

TEST(one_that_wakes_preempts_who_ran_longer)
{
	reset();
	attach(2);
	(void)sched_pick(&cpu, now);
	sched_block(&cpu, &se[0], TIME_NEVER);
	EXPECT_EQ(sched_pick(&cpu, now), &se[1]);
	now += 20 * MS;
	cpu.shared->requests = 0;
	sched_post(&se[1], SCHED_REQ_EVENT);
	EXPECT_EQ(cpu.shared->requests, 0);	/* runs, and will look */
	sched_post(&se[0], SCHED_REQ_EVENT);
	EXPECT_EQ(cpu.shared->requests, CPU_REQ_SCHED);
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
}

TEST(one_that_gives_way_lets_another_run)
{
	struct sched_entity *first;

	reset();
	attach(2);
	first = sched_pick(&cpu, now);
	sched_give_way(&cpu);
	EXPECT(sched_pick(&cpu, now) != first);
	/* Alone it goes on, and the wish is forgotten. */
	sched_block(&cpu, cpu.sched.current, TIME_NEVER);
	EXPECT_EQ(sched_pick(&cpu, now), first);
	sched_give_way(&cpu);
	EXPECT_EQ(sched_pick(&cpu, now), first);
	EXPECT(!cpu.sched.gives_way);
}

TEST(a_sleepers_credit_is_bounded)
{
	u64 ran;

	reset();
	attach(2);
	(void)sched_pick(&cpu, now);
	sched_block(&cpu, &se[0], TIME_NEVER);
	run_for(10000 * MS);
	sched_post(&se[0], SCHED_REQ_EVENT);
	ran = se[1].ran_tsc;
	run_for(40 * MS);
	/* Half of it, less the credit and one slice. */
	EXPECT(se[1].ran_tsc - ran >= 10 * MS);
}

TEST(detach_takes_off_and_charges)
{
	reset();
	attach(3);
	run_for(30 * MS);
	(void)sched_pick(&cpu, now);
	now += MS;
	for (u32 i = 0; i < 3; i++) {
		sched_detach(&cpu, &se[i]);
		EXPECT_EQ(se[i].state, SCHED_OFF);
	}
	EXPECT(!sched_pick(&cpu, now));
	EXPECT_EQ(se[0].ran_tsc + se[1].ran_tsc + se[2].ran_tsc, 31 * MS);
	/* One that was never adopted can go too. */
	sched_attach(&se[4]);
	sched_detach(&cpu, &se[4]);
	EXPECT(!sched_pick(&cpu, now));
	sched_attach(&se[0]);
	EXPECT_EQ(sched_pick(&cpu, now), &se[0]);
}

static void expect_share(u32 i, u64 total, u64 shares)
{
	u64 want = total * se[i].share / shares;

	EXPECT(se[i].ran_tsc * 100 >= want * 95);
	EXPECT(se[i].ran_tsc * 100 <= want * 105);
}

TEST(time_follows_the_shares_of_24)
{
	static const u32 share[] = { 100, 200, 50, 400, 25, 100 };
	u64 total = 60000 * MS, shares = 0;

	reset();
	for (u32 i = 0; i < 24; i++) {
		se[i].share = share[i % ARRAY_SIZE(share)];
		shares += se[i].share;
	}
	attach(24);
	run_for(total);
	for (u32 i = 0; i < 24; i++)
		expect_share(i, total, shares);
}

/* Guests with a timer tick sleep and wake; nobody loses his share by it. */
TEST(waking_ones_do_not_starve_the_busy)
{
	u64 end, total = 20000 * MS;

	reset();
	attach(4);
	end = now + total;
	while (now < end) {
		struct sched_entity *picked = sched_pick(&cpu, now);

		sched_take(picked);
		/* 0 and 1 compute; 2 and 3 run for 1 ms, sleep for 1 ms. */
		if (picked < &se[2]) {
			now = max(cpu.sched.slice_end_tsc, now + 1);
			continue;
		}
		now += MS;
		sched_block(&cpu, picked, now + MS);
	}
	for (u32 i = 0; i < 2; i++)
		EXPECT(se[i].ran_tsc * 100 >= total / 4 * 95);
}

TEST(share_zero_is_survived)
{
	reset();
	se[0].share = 0;
	attach(2);
	run_for(1000 * MS);
	EXPECT(se[1].ran_tsc > 900 * MS);
}

TEST(only_the_first_bit_kicks)
{
	reset();
	sched_post(&se[0], SCHED_REQ_EVENT);
	sched_post(&se[0], SCHED_REQ_NMI);
	EXPECT_EQ(kicks, 1);
	EXPECT_EQ(sched_take(&se[0]), SCHED_REQ_EVENT | SCHED_REQ_NMI);
	sched_post(&se[0], SCHED_REQ_EVENT);
	EXPECT_EQ(kicks, 2);
}

/* Two threads attach 2 x 5000 entities while the owner adopts. */
#define BATCH	5000
static struct sched_entity many[2][BATCH];

static void *attach_thread(void *arg)
{
	struct sched_entity *list = arg;

	for (u32 i = 0; i < BATCH; i++)
		sched_attach(&list[i]);
	return NULL;
}

TEST(incoming_stack_loses_nobody)
{
	pthread_t thread[2];
	u32 adopted = 0;

	reset();
	for (u32 t = 0; t < 2; t++) {
		for (u32 i = 0; i < BATCH; i++)
			many[t][i] = (struct sched_entity){ .cpu = 3,
							    .share = 100 };
		pthread_create(&thread[t], NULL, attach_thread, many[t]);
	}
	while (adopted < 2 * BATCH) {
		struct sched_entity *picked = sched_pick(&cpu, now);

		if (!picked) {
			sched_yield();
			continue;
		}
		adopted++;
		EXPECT_EQ(picked->state, SCHED_RUNNABLE);
		sched_detach(&cpu, picked);
	}
	for (u32 t = 0; t < 2; t++)
		pthread_join(thread[t], NULL);
	EXPECT(!sched_pick(&cpu, now));
}

/* A blocked entity and a poster that waits for each post to be answered. */
#define POSTS	50000
static u32 answered;	/* atomic */

static void *post_thread(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < POSTS; i++) {
		sched_post(&se[0], SCHED_REQ_EVENT);
		while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) <= i)
			sched_yield();
	}
	return NULL;
}

TEST(no_wakeup_is_lost_between_threads)
{
	pthread_t thread;
	u32 idle = 0;

	reset();
	attach(1);
	(void)sched_pick(&cpu, now);
	sched_block(&cpu, &se[0], TIME_NEVER);
	pthread_create(&thread, NULL, post_thread, NULL);
	while (answered < POSTS && idle < 50000000) {
		u32 kicked = __atomic_load_n(&kicks, __ATOMIC_SEQ_CST);

		if (!sched_pick(&cpu, now)) {
			/* HLT: only another kick ends it. */
			while (kicked == __atomic_load_n(&kicks,
							 __ATOMIC_SEQ_CST) &&
			       idle++ < 50000000)
				sched_yield();
			continue;
		}
		idle = 0;
		if (sched_take(&se[0]) & SCHED_REQ_EVENT)
			__atomic_fetch_add(&answered, 1, __ATOMIC_RELEASE);
		sched_block(&cpu, &se[0], TIME_NEVER);
	}
	ASSERT_TRUE(answered == POSTS);
	pthread_join(thread, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Posting and draining, also from several threads at once. */
#include "apic/pi.h"

#include <pthread.h>
#include <sched.h>

#include "core/cpu.h"
#include "core/sched.h"
#include "core/string.h"
#include "core/time.h"
#include "tests/unit/test.h"

static u32 kicks;	/* atomic */

void cpu_kick(u32 cpu_index)
{
	(void)cpu_index;
	__atomic_fetch_add(&kicks, 1, __ATOMIC_SEQ_CST);
}

u64 time_now_tsc(void)
{
	return 0;
}

u64 time_us_to_tsc(u64 us)
{
	return us;
}

static u64 control;

TEST(a_post_notifies_when_on_was_clear)
{
	struct pi_desc pid = { 0 };

	EXPECT(pi_post(&pid, 0x45, &control));
	EXPECT(!pi_post(&pid, 0x45, &control));
	EXPECT(!pi_post(&pid, 0xff, &control));
	EXPECT_EQ(pid.pir[1], BIT(5));
	EXPECT_EQ(pid.pir[3], BIT(63));
	EXPECT_EQ(pid.control, PI_ON);
	EXPECT_EQ(pid.sent, 1);
	EXPECT_EQ(pid.suppressed, 2);
}

TEST(with_sn_only_pir_is_written)
{
	struct pi_desc pid = { .control = PI_SN };

	EXPECT(!pi_post(&pid, 0x45, &control));
	EXPECT_EQ(pid.control, PI_SN);
	EXPECT_EQ(pid.pir[1], BIT(5));
}

/* The states of pi.c in their order, with a post in each. */
TEST(load_tells_what_was_posted_under_sn)
{
	struct pi_desc pid = { 0 };
	u64 irr[4] = { 0 };
	u64 placed = field_prep(PI_NV, 0x47) | field_prep(PI_NDST, 0x500);

	pi_preempt(&pid);
	EXPECT(!pi_post(&pid, 0x45, &control));
	EXPECT(pi_load(&pid, 0x47, 0x500));
	EXPECT_EQ(pid.control, placed | PI_ON);
	EXPECT(pi_drain(&pid, irr));
	EXPECT_EQ(irr[1], BIT(5));
	EXPECT(!pi_load(&pid, 0x47, 0x500));
	EXPECT_EQ(pid.control, placed);
	EXPECT(pi_post(&pid, 0x46, &control));
	EXPECT_EQ(control, placed);
}

TEST(preemption_keeps_on_and_the_place)
{
	struct pi_desc pid = { 0 };
	u64 placed = field_prep(PI_NV, 0x40) | field_prep(PI_NDST, 2);

	pi_load(&pid, 0x40, 2);
	EXPECT(pi_post(&pid, 0x31, &control));
	pi_preempt(&pid);
	EXPECT_EQ(pid.control, placed | PI_ON | PI_SN);
	EXPECT(pi_load(&pid, 0x41, 3));
	EXPECT_EQ(pid.control, PI_ON | field_prep(PI_NV, 0x41) |
		  field_prep(PI_NDST, 3));
}

TEST(a_retired_descriptor_notifies_nobody)
{
	struct pi_desc pid = { 0 };

	pi_load(&pid, 0x40, 2);
	pi_retire(&pid);
	EXPECT_EQ(pid.control, PI_SN);
	EXPECT(!pi_post(&pid, 0x31, &control));
}

TEST(drain_moves_pir_and_clears_on_only)
{
	u64 placed = field_prep(PI_NV, 0xe1) | field_prep(PI_NDST, 7);
	struct pi_desc pid = { .control = placed };
	u64 irr[4] = { 0, 1, 0, 0 };

	EXPECT(!pi_drain(&pid, irr));
	pi_post(&pid, 0x10, &control);
	pi_post(&pid, 0x45, &control);
	pi_post(&pid, 0xff, &control);
	EXPECT(pi_drain(&pid, irr));
	EXPECT_EQ(irr[0], BIT(16));
	EXPECT_EQ(irr[1], BIT(5) | 1);
	EXPECT_EQ(irr[2], 0);
	EXPECT_EQ(irr[3], BIT(63));
	EXPECT_EQ(pid.control, placed);
	EXPECT(!pi_drain(&pid, irr));
	EXPECT(pi_post(&pid, 0x45, &control));
}

TEST(drain_with_on_but_empty_pir)
{
	struct pi_desc pid = { .control = PI_ON };
	u64 irr[4] = { 0 };

	EXPECT(!pi_drain(&pid, irr));
	EXPECT_EQ(pid.control, 0);
}

/*
 * Three senders and one owner. Each sender waits until its vector has been
 * seen before it sends the next, so a lost notification stops the test. The
 * owner looks only when it was kicked, as a blocked vCPU does.
 */
#define SENDERS	3
#define ROUNDS	20000

static struct pi_desc shared_pid;
static struct sched_entity shared_se;
static u32 received[SENDERS];	/* atomic */

static u8 vector_of(u32 sender, u32 round)
{
	return 32 + sender * 64 + round % 64;
}

static void *sender_thread(void *arg)
{
	u32 me = (u32)(uintptr_t)arg;

	u64 placed;

	for (u32 i = 0; i < ROUNDS; i++) {
		if (pi_post(&shared_pid, vector_of(me, i), &placed))
			sched_post(&shared_se, SCHED_REQ_EVENT);
		while (__atomic_load_n(&received[me], __ATOMIC_ACQUIRE) <= i)
			sched_yield();
	}
	return NULL;
}

static u32 take_all(void)
{
	u64 irr[4] = { 0 };
	u32 taken = 0;

	if (!(sched_take(&shared_se) & SCHED_REQ_EVENT))
		return 0;
	pi_drain(&shared_pid, irr);
	for (u32 s = 0; s < SENDERS; s++) {
		u32 round = received[s];
		u8 vector = vector_of(s, round);

		if (!(irr[vector / 64] & BIT(vector % 64)))
			continue;
		irr[vector / 64] &= ~BIT(vector % 64);
		__atomic_store_n(&received[s], round + 1, __ATOMIC_RELEASE);
		taken++;
	}
	/* Nothing that nobody sent. */
	EXPECT_EQ(irr[0] | irr[1] | irr[2] | irr[3], 0);
	return taken;
}

TEST(no_vector_is_lost_or_invented_between_threads)
{
	pthread_t thread[SENDERS];
	u32 seen = 0, total = 0, idle = 0;

	for (u32 i = 0; i < SENDERS; i++)
		pthread_create(&thread[i], NULL, sender_thread,
			       (void *)(uintptr_t)i);
	while (total < SENDERS * ROUNDS && idle < 50000000) {
		u32 now = __atomic_load_n(&kicks, __ATOMIC_SEQ_CST);

		if (now == seen) {
			idle++;
			sched_yield();
			continue;
		}
		seen = now;
		idle = 0;
		total += take_all();
	}
	ASSERT_TRUE(total == SENDERS * ROUNDS);
	for (u32 i = 0; i < SENDERS; i++)
		pthread_join(thread[i], NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* core/spinlock.c: ranks, mutual exclusion, and the panic mode. */
#include "core/spinlock.h"

#include <pthread.h>
#include <stdlib.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/panic.h>

#include "core/cpu.h"

#define THREADS	4
#define ROUNDS	2000

static struct spinlock vm = SPINLOCK_INIT(LOCK_VM);
static struct spinlock device = SPINLOCK_INIT(LOCK_DEVICE);
static struct spinlock page = SPINLOCK_INIT(LOCK_PAGE);

static void start(void)
{
	hw_reset();
	spin_init(&vm, LOCK_VM);
	spin_init(&device, LOCK_DEVICE);
	spin_init(&page, LOCK_PAGE);
}

TEST(rising_ranks_are_fine)
{
	start();
	spin_lock(&vm);
	spin_lock(&device);
	spin_lock(&page);
	EXPECT_EQ(this_cpu()->lock_ranks,
		  BIT(LOCK_VM) | BIT(LOCK_DEVICE) | BIT(LOCK_PAGE));
	EXPECT(spin_is_locked(&device));
	spin_unlock(&page);
	spin_unlock(&device);
	spin_unlock(&vm);
	EXPECT_EQ(this_cpu()->lock_ranks, 0);
	EXPECT(!spin_is_locked(&device));
}

TEST(locks_go_in_any_order)
{
	start();
	spin_lock(&vm);
	spin_lock(&device);
	spin_unlock(&vm);
	EXPECT_EQ(this_cpu()->lock_ranks, BIT(LOCK_DEVICE));
	spin_lock(&page);
	spin_unlock(&device);
	spin_unlock(&page);
	EXPECT_EQ(this_cpu()->lock_ranks, 0);
}

TEST(falling_rank_panics)
{
	start();
	spin_lock(&page);
	EXPECT_PANIC(spin_lock(&vm));
	EXPECT(!spin_is_locked(&vm));
}

TEST(same_rank_panics)
{
	static struct spinlock other = SPINLOCK_INIT(LOCK_VM);

	start();
	spin_lock(&vm);
	EXPECT_PANIC(spin_lock(&other));
	EXPECT_PANIC(spin_lock(&vm));
}

TEST(unlocking_what_is_not_held_panics)
{
	start();
	EXPECT_PANIC(spin_unlock(&vm));
}

TEST(tickets_wrap)
{
	start();
	vm.owner = 0xffff;
	vm.next = 0xffff;
	spin_lock(&vm);
	spin_unlock(&vm);
	spin_lock(&vm);
	EXPECT(spin_is_locked(&vm));
	spin_unlock(&vm);
	EXPECT(!spin_is_locked(&vm));
}

TEST(panic_breaks_a_lock_that_nobody_gives_back)
{
	start();
	spin_lock(&page);
	this_cpu()->in_panic = 1;
	/* Held by this very CPU, and of a lower rank than what it holds. */
	spin_lock(&page);
	spin_lock(&vm);
	spin_unlock(&vm);
	spin_unlock(&page);
	EXPECT(!spin_is_locked(&page));
	/* And it works on. */
	spin_lock(&page);
	spin_unlock(&page);
}

static u64 counter;

static void *count(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < ROUNDS; i++) {
		spin_lock(&device);
		counter++;
		spin_unlock(&device);
	}
	return NULL;
}

TEST(one_holder_at_a_time)
{
	pthread_t thread[THREADS];

	start();
	counter = 0;
	for (u32 i = 0; i < THREADS; i++) {
		if (pthread_create(&thread[i], NULL, count, NULL))
			abort();
	}
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(counter, THREADS * ROUNDS);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlocks. The CPU's own list of held ranks makes a wrong order a
 * panic on the first run, not a deadlock on the thousandth. In a panic the
 * holder may be a stopped CPU, or this one: waiting is bounded then.
 */
#include "core/spinlock.h"

#include <hw/cpu.h>

#include "core/cpu.h"
#include "core/panic.h"
#include "core/time.h"

#define PANIC_WAIT_US	10000

void spin_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = (struct spinlock){ .rank = (u8)rank };
}

static void push_rank(struct cpu *cpu, u8 rank)
{
	ASSERT(cpu->lock_ranks >> rank == 0);
	cpu->lock_ranks |= 1u << rank;
}

/* Ranks rise strictly, so each is held once; locks may go in any order. */
static void pop_rank(struct cpu *cpu, u8 rank)
{
	ASSERT(cpu->lock_ranks >> rank & 1);
	cpu->lock_ranks &= ~(1u << rank);
}

static bool is_served(const struct spinlock *lock, u16 ticket)
{
	/* Pairs with the release in spin_unlock(). */
	return __atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == ticket;
}

void spin_lock(struct spinlock *lock)
{
	struct cpu *cpu = this_cpu();
	u16 ticket;

	if (likely(!cpu->in_panic))
		push_rank(cpu, lock->rank);
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	if (unlikely(cpu->in_panic)) {
		/* Break the lock: one garbled line is better than none. */
		if (!wait_until(PANIC_WAIT_US, is_served(lock, ticket)))
			__atomic_store_n(&lock->owner, ticket,
					 __ATOMIC_RELEASE);
		return;
	}
	while (!is_served(lock, ticket))
		cpu_relax();
}

void spin_unlock(struct spinlock *lock)
{
	struct cpu *cpu = this_cpu();

	if (likely(!cpu->in_panic))
		pop_rank(cpu, lock->rank);
	/* Only the holder writes owner; pairs with the load in is_served(). */
	__atomic_store_n(&lock->owner, (u16)(lock->owner + 1),
			 __ATOMIC_RELEASE);
}

bool spin_is_locked(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&lock->next, __ATOMIC_RELAXED);
}

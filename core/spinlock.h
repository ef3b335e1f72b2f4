/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlock with a rank. A CPU may only take locks of rising rank;
 * spin_lock() asserts it. docs/locking.md explains the order. Interrupts are
 * always off in VMX root, so there is no irqsave form.
 */
#ifndef CORE_SPINLOCK_H
#define CORE_SPINLOCK_H

#include "core/types.h"

enum lock_rank {
	LOCK_MONITOR,		/* VM life cycle, commands */
	LOCK_VM,
	LOCK_PCI,
	LOCK_UART,		/* vUART: raises a line of the vIOAPIC */
	LOCK_DEVICE,		/* device control: virtio control */
	LOCK_VIRTQ,
	LOCK_VIOAPIC,		/* a device raises a line with its lock held */
	LOCK_IRT,
	LOCK_QI,
	LOCK_PAGING,		/* host page tables; allocates pages */
	LOCK_PAGE,		/* page allocator */
	LOCK_LOG,
	LOCK_RANKS
};

struct spinlock {
	u16 owner;		/* atomic: ticket being served */
	u16 next;		/* atomic: next ticket to give */
	u8 rank;		/* enum lock_rank, set once */
};

#define SPINLOCK_INIT(r) { .rank = (r) }

void spin_init(struct spinlock *lock, enum lock_rank rank);
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
bool spin_is_locked(const struct spinlock *lock);

#endif

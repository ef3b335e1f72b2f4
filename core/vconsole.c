/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single-producer single-consumer rings of core/vconsole.h: pure.
 *
 *	producer			consumer
 *	P1 load tail, acquire		C1 load head, acquire
 *	P2 write the slot		C2 read the slots
 *	P3 store head, release		C3 store tail, release
 *
 * P3 pairs with C1: who sees the head sees the byte. C3 pairs with P1: who
 * sees the tail may overwrite what was read.
 */
#include "core/vconsole.h"

_Static_assert((VCONSOLE_OUT_BYTES & (VCONSOLE_OUT_BYTES - 1)) == 0,
	       "a free-running index is cut by a mask");
_Static_assert((VCONSOLE_IN_BYTES & (VCONSOLE_IN_BYTES - 1)) == 0,
	       "a free-running index is cut by a mask");

static bool push(u32 *head, const u32 *tail, char *ring, u32 size, char c)
{
	u32 at = __atomic_load_n(head, __ATOMIC_RELAXED);

	if (at - __atomic_load_n(tail, __ATOMIC_ACQUIRE) >= size)
		return false;
	ring[at % size] = c;
	__atomic_store_n(head, at + 1, __ATOMIC_RELEASE);
	return true;
}

static size_t pop(const u32 *head, u32 *tail, const char *ring, u32 size,
		  char *buf, size_t size_bytes)
{
	u32 at = __atomic_load_n(tail, __ATOMIC_RELAXED);
	u32 end = __atomic_load_n(head, __ATOMIC_ACQUIRE);
	size_t count = 0;

	while (at != end && count < size_bytes)
		buf[count++] = ring[at++ % size];
	__atomic_store_n(tail, at, __ATOMIC_RELEASE);
	return count;
}

static bool is_empty(const u32 *head, const u32 *tail)
{
	return __atomic_load_n(head, __ATOMIC_ACQUIRE) ==
	       __atomic_load_n(tail, __ATOMIC_ACQUIRE);
}

/*
 * Each side does a locked exchange between its store and its load: here head,
 * then `notified`; in vconsole_take() `notified`, then head. Whichever
 * exchange is second sees the other side's store, so either the host takes the
 * byte or the guest side is told to notify.
 */
bool vconsole_out(struct vconsole *vc, char c)
{
	if (!push(&vc->out_head, &vc->out_tail, vc->out, VCONSOLE_OUT_BYTES,
		  c))
		WRITE_ONCE(vc->out_dropped, vc->out_dropped + 1);
	return !__atomic_exchange_n(&vc->notified, 1, __ATOMIC_SEQ_CST);
}

int vconsole_in(struct vconsole *vc)
{
	char c;

	if (!pop(&vc->in_head, &vc->in_tail, vc->in, VCONSOLE_IN_BYTES, &c, 1))
		return -1;
	return (u8)c;
}

size_t vconsole_take(struct vconsole *vc, char *buf, size_t size_bytes)
{
	/* Pairs with vconsole_out(). */
	(void)__atomic_exchange_n(&vc->notified, 0, __ATOMIC_SEQ_CST);
	return pop(&vc->out_head, &vc->out_tail, vc->out, VCONSOLE_OUT_BYTES,
		   buf, size_bytes);
}

/*
 * `notified` counts too: a byte that came between the exchange and the pop of
 * vconsole_take() is gone, but without another take nobody is notified again.
 */
bool vconsole_out_ready(const struct vconsole *vc)
{
	return __atomic_load_n(&vc->notified, __ATOMIC_ACQUIRE) ||
	       !is_empty(&vc->out_head, &vc->out_tail);
}

bool vconsole_put(struct vconsole *vc, char c)
{
	return push(&vc->in_head, &vc->in_tail, vc->in, VCONSOLE_IN_BYTES, c);
}

bool vconsole_in_full(const struct vconsole *vc)
{
	return __atomic_load_n(&vc->in_head, __ATOMIC_RELAXED) -
		       __atomic_load_n(&vc->in_tail, __ATOMIC_ACQUIRE) >=
	       VCONSOLE_IN_BYTES;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The overwriting ring of core/console_ring.h: pure. */
#include "core/console_ring.h"

_Static_assert((CONSOLE_RING_BYTES & (CONSOLE_RING_BYTES - 1)) == 0,
	       "positions are cut to an index by a mask");
_Static_assert(sizeof(CONSOLE_RING_MAGIC) == 16, "fills the magic");

void console_ring_push(struct console_ring *ring, char c)
{
	ring->data[ring->head % CONSOLE_RING_BYTES] = c;
	WRITE_ONCE(ring->head, ring->head + 1);
}

u64 console_ring_oldest(const struct console_ring *ring)
{
	u64 head = READ_ONCE(ring->head);

	return head > CONSOLE_RING_BYTES ? head - CONSOLE_RING_BYTES : 0;
}

size_t console_ring_copy(const struct console_ring *ring, u64 *pos, char *buf,
			 size_t size_bytes)
{
	u64 head = READ_ONCE(ring->head);
	size_t count = 0;

	*pos = max(*pos, console_ring_oldest(ring));
	while (*pos < head && count < size_bytes)
		buf[count++] = ring->data[(*pos)++ % CONSOLE_RING_BYTES];
	return count;
}

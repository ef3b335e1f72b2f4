/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A byte ring that overwrites its oldest contents. Readers keep positions of
 * their own, counted from the first byte ever pushed. Not locked.
 */
#ifndef CORE_CONSOLE_RING_H
#define CORE_CONSOLE_RING_H

#include "core/types.h"

#define CONSOLE_RING_BYTES	65536u	/* a power of two */
#define CONSOLE_RING_MAGIC	"NOEXIT-LOG-RING"

/* The magic lets a debugger or the next kernel find it in a memory dump. */
struct console_ring {
	char magic[16];
	u64 size_bytes;
	u64 head;		/* bytes ever pushed; atomic */
	char data[CONSOLE_RING_BYTES];
};

#define CONSOLE_RING_INIT { CONSOLE_RING_MAGIC, CONSOLE_RING_BYTES, 0, { 0 } }

void console_ring_push(struct console_ring *ring, char c);
/* Position of the oldest byte that is still there. */
u64 console_ring_oldest(const struct console_ring *ring);
/* As console_ring_read() in core/console.h. */
size_t console_ring_copy(const struct console_ring *ring, u64 *pos, char *buf,
			 size_t size_bytes);

#endif

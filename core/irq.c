/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host interrupts by vector. The table is writable during boot only. A vector
 * without a handler is not ended with an EOI: nobody knows whether it is in
 * service, and a spurious one must not be.
 */
#include "core/irq.h"

#include <hw/cpu.h>

#include "core/cpu.h"
#include "core/log.h"
#include "core/panic.h"

#define FIRST_VECTOR	32

static void (*handlers[256])(void) __ro_after_init;

static struct {
	u8 first;
	u32 count;
	void (*handler)(u8 vector);
} range __ro_after_init;

void irq_set_range(u8 first, u32 count, void (*handler)(u8 vector))
{
	ASSERT(first >= FIRST_VECTOR && first + count <= ARRAY_SIZE(handlers));
	range.first = first;
	range.count = count;
	range.handler = handler;
}

void irq_set_handler(u8 vector, void (*handler)(void))
{
	ASSERT(vector >= FIRST_VECTOR);
	handlers[vector] = handler;
}

void irq_dispatch(u8 vector)
{
	this_cpu()->irq_count++;
	if (likely(handlers[vector]))
		handlers[vector]();
	else if ((u32)(vector - range.first) < range.count)
		range.handler(vector);
	else
		log_limited(LOG_WARN, "irq", "vector %x has no handler",
			    vector);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host interrupts (vectors 32..255) by a table that is filled at boot and
 * read-only after. A handler sends its own EOI. Exceptions are not here: in
 * VMX root each is a bug and panics, except where a fixup is registered.
 */
#ifndef CORE_IRQ_H
#define CORE_IRQ_H

#include "core/types.h"

void irq_set_handler(u8 vector, void (*handler)(void));
/* One handler for @count vectors from @first; a handler of one comes first. */
void irq_set_range(u8 first, u32 count, void (*handler)(u8 vector));
/* From the IDT in the idle window, and from the external-interrupt exit. */
void irq_dispatch(u8 vector);

#endif

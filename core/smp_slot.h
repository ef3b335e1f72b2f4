/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mailbox in the trampoline page (boot/trampoline.S) through which the
 * boot CPU hands a starting CPU its stack. One CPU is started at a time: the
 * boot CPU fills the slot and sets WAITING; the CPU whose APIC ID is asked for
 * sets TAKEN by compare-and-swap. A CPU that wakes up too late finds TAKEN or
 * another CPU's ID and halts. It can never run on somebody else's stack.
 */
#ifndef CORE_SMP_SLOT_H
#define CORE_SMP_SLOT_H

#include "core/types.h"

enum smp_slot_state { SLOT_IDLE, SLOT_WAITING, SLOT_TAKEN };

struct smp_slot {
	u64 entry;		/* where to go in 64-bit mode */
	u64 stack;		/* top */
	u64 area;		/* argument: struct cpu_area */
	u32 cr3;
	u32 apic_id;
	u32 state;		/* atomic: enum smp_slot_state */
	u32 pad;
};

extern const u8 trampoline_start[], trampoline_slot[], trampoline_end[];

#endif

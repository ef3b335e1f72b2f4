/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: the endless #DB. A data breakpoint covers the stack slots that
 * delivering #DB writes, so that each delivery raises the next and no
 * instruction is ever executed again. The host must keep its own interrupts;
 * this VM is stopped from outside.
 */
#include "lib/guest.h"

static u32 handled;

static void on_db(struct frame *f)
{
	(void)f;
	if (++handled < 100)
		return;
	asm volatile("mov %0, %%dr7" :: "r"(0x400ul));
	test_skip("hostile-db", "this CPU does not loop");
	test_end();
}

int main(void)
{
	u64 top = (u64)this_cpu() + CPU_IST2_TOP;
	volatile u64 *slot = (u64 *)(top - 40);	/* RIP, lowest of the frame */

	trap_set_handler(VEC_DB, on_db);
	idt[VEC_DB].ist = 2;
	print("BEGIN hostile-db\n");
	asm volatile("mov %0, %%dr0; mov %1, %%dr7"
		     :: "r"(slot), "r"(0x000d0403ul) : "memory");
	*slot = 1;
	test_skip("hostile-db", "this CPU does not loop");
	return 0;
}

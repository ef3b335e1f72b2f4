/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: the endless #AC. At CPL 3 with a misaligned stack, delivering #AC
 * raises #AC, and no instruction is ever executed again. The host must keep
 * its own interrupts; this VM is stopped from outside, and never ends itself.
 */
#include "lib/guest.h"

extern u64 ac_idt[32];
extern u8 ac_loop[], ac_handler[];

int main(void)
{
	u64 handler = (u64)ac_handler;

	if (test_tcg_gap("hostile-ac", "has no #AC"))
		return 0;
	ac_idt[VEC_AC] = (handler & 0xffff) |
		(u64)(SEL_USER_CODE32 | 3) << 16 | 0xee0000000000ul |
		(handler >> 16) << 48;
	print("BEGIN hostile-ac\n");
	cli();
	mode_run32((u32)(u64)ac_loop, 0, 0);
	test_fail("hostile-ac", "came back");
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset by port 0xcf9, full reset in two steps. Must not come back.
 */
#include "lib/guest.h"

int main(void)
{
	print("BEGIN reset-cf9\n");
	outb(0x02, 0xcf9);
	outb(0x06, 0xcf9);
	delay_us(1000000);
	test_fail("reset-cf9", "still running");
	return 0;
}

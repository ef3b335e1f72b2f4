/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset by the keyboard controller: command 0xfe to port 0x64. Must not come
 * back.
 */
#include "lib/guest.h"

int main(void)
{
	print("BEGIN reset-kbd\n");
	outb(0xfe, 0x64);
	delay_us(1000000);
	test_fail("reset-kbd", "still running");
	return 0;
}

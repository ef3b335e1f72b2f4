/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: triple fault by an empty IDT. Must stop or restart this VM only;
 * must not come back.
 */
#include "lib/guest.h"

int main(void)
{
	struct table_pointer none = { 0, 0 };

	print("BEGIN hostile-triple\n");
	asm volatile("lidt %0; ud2" :: "m"(none));
	test_fail("hostile-triple", "still running");
	return 0;
}

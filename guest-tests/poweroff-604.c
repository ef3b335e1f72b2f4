/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power-off by port 0x604, the way emulators without ACPI offer it. Must not
 * come back.
 */
#include "lib/guest.h"

int main(void)
{
	print("BEGIN poweroff-604\n");
	outw(0x2000, PORT_ACPI_OFF);
	delay_us(1000000);
	test_fail("poweroff-604", "still running");
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset by the register that the FADT names. Must not come back.
 */
#include "lib/guest.h"

int main(void)
{
	u16 port = acpi_gas_port(acpi_fadt(116, 12));
	const u8 *value = acpi_fadt(128, 1);

	if (!port || !value || !(acpi_fadt32(112) & BIT(10))) {
		test_skip("reset-acpi", "no reset register in the FADT");
		return 0;
	}
	print("BEGIN reset-acpi port 0x%x value 0x%x\n", port, *value);
	outb(*value, port);
	delay_us(1000000);
	test_fail("reset-acpi", "still running");
	return 0;
}

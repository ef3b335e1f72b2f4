/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power-off as an operating system does it: the sleep type of \_S5 from the
 * DSDT, to the sleep control register (hardware-reduced ACPI) or to PM1a.
 * Must not come back.
 */
#include "lib/guest.h"

#define SLP_EN_REDUCED	0x20
#define SLP_EN		0x2000

/* "_S5_" PackageOp PkgLength NumElements, then the first element. */
static int s5_type(void)
{
	struct acpi_table *dsdt;
	u64 addr = acpi_fadt32(40);
	const u8 *p, *end;

	if (acpi_fadt(140, 8) && !addr)
		memcpy(&addr, acpi_fadt(140, 8), 8);
	dsdt = (struct acpi_table *)addr;
	if (!dsdt)
		return -1;
	p = (u8 *)dsdt + sizeof(*dsdt);
	end = (u8 *)dsdt + dsdt->length - 10;
	for (; p < end; p++) {
		if (memcmp(p, "_S5_\x12", 5))
			continue;
		p += 5;
		p += (*p >> 6) + 2;
		return *p == 0x0a ? p[1] : *p;
	}
	return -1;
}

int main(void)
{
	u16 sleep = acpi_gas_port(acpi_fadt(244, 12));
	u16 pm1a = (u16)acpi_fadt32(64);
	int type = s5_type();

	if (type < 0 || !(sleep || pm1a)) {
		test_skip("poweroff-acpi", "no \\_S5 or no register");
		return 0;
	}
	print("BEGIN poweroff-acpi type %d port 0x%x\n", type,
	      sleep ? sleep : pm1a);
	if (sleep)
		outb((u8)(type << 2 | SLP_EN_REDUCED), sleep);
	else
		outw((u16)(type << 10 | SLP_EN), pm1a);
	delay_us(1000000);
	test_fail("poweroff-acpi", "still running");
	return 0;
}

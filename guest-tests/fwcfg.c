/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_cfg, the part that test guests read: CPU count (key 5) and RAM size (key
 * 3), little-endian byte by byte; zeros behind the end and for unknown keys.
 */
#include "lib/guest.h"

#define KEY_RAM		3
#define KEY_CPUS	5

static u64 read_key(u16 key, u32 bytes)
{
	u64 val = 0;
	u32 i;

	outw(key, PORT_FWCFG);
	for (i = 0; i < bytes; i++)
		val |= (u64)inb(PORT_FWCFG + 1) << (i * 8);
	return val;
}

int main(void)
{
	u32 ids[MAX_CPUS], n = acpi_cpus(ids, MAX_CPUS);
	u64 ram = read_key(KEY_RAM, 8);

	if (read_key(KEY_CPUS, 2) == 0xffff && !cpu_noexit()) {
		test_skip("fwcfg", "no fw_cfg");
		return 0;
	}
	test_equal("fwcfg.cpus", read_key(KEY_CPUS, 2), n);
	test_check("fwcfg.ram", ram >= ram_low_top() && ram < 64 * GIB,
		   "0x%lx, map ends at 0x%lx", ram, ram_low_top());
	test_equal("fwcfg.select-rewinds", read_key(KEY_CPUS, 1), n & 0xff);
	outw(KEY_CPUS, PORT_FWCFG);
	inb(PORT_FWCFG + 1);
	inb(PORT_FWCFG + 1);
	test_equal("fwcfg.zero-behind-end", inb(PORT_FWCFG + 1), 0);
	test_equal("fwcfg.unknown-key", read_key(0x7ff0, 8), 0);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shows that a boot protocol was followed: magic, memory map, command line,
 * and the state of the CPU at entry as far as it survives start.S. Built once
 * per protocol: boot, boot-mb2, boot-mb2-64 and boot-pvh.
 */
#include "lib/guest.h"

static void test_map(void)
{
	u32 i, j, bad = 0;
	struct ram_range *a = boot.ranges, *b = boot.ranges;

	test_check("boot.map-present", boot.nr_ranges, "no memory map");
	for (i = 0; i < boot.nr_ranges; i++)
		for (j = 0; j < i; j++)
			if (a[i].base < b[j].base + b[j].len &&
			    b[j].base < a[i].base + a[i].len)
				bad++;
	test_check("boot.map-disjoint", !bad, "%u overlaps", bad);
	test_check("boot.map-holds-image", ram_low_top() >= page_free_base(),
		   "RAM ends at 0x%lx", ram_low_top());
	test_check("boot.map-page-0", ram_covers(0, PAGE_SIZE),
		   "no RAM at address 0");
}

/* RAM is what the map says: the last page of every range keeps a value. */
static void test_ram(void)
{
	volatile u64 *p;
	u32 i, bad = 0;
	u64 end, old;

	for (i = 0; i < boot.nr_ranges; i++) {
		end = boot.ranges[i].base + boot.ranges[i].len;
		if (boot.ranges[i].type != 1 || end < 2 * MIB)
			continue;
		p = page_window(0, (end - 8) & ~7ull);
		old = *p;
		*p = 0x0123456789abcdef ^ end;
		bad += *p != (0x0123456789abcdef ^ end);
		*p = old;
	}
	test_check("boot.ram-to-the-end", !bad, "%u ranges", bad);
}

int main(void)
{
	print("booted by %s, cmdline \"%s\"\n", boot_protocol(), boot.cmdline);
	test_check("boot.magic", boot.magic == BOOT_MB1 ||
		   boot.magic == BOOT_MB2 || boot.magic == BOOT_PVH,
		   "0x%x", boot.magic);
	test_map();
	test_ram();
	test_check("boot.rsdp", acpi_rsdp(), "none");
	test_equal("boot.bsp", rdmsr(MSR_APIC_BASE) & APIC_BASE_BSP,
		   APIC_BASE_BSP);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI tables: where they are found, checksums, and what a hardware-reduced
 * machine must say in FADT, MADT, MCFG, SPCR and DSDT.
 */
#include "lib/guest.h"

#define FADT_HW_REDUCED		BIT(20)
#define FADT_RESET_SUPPORTED	BIT(10)
#define FADT_FORCE_PHYSICAL	BIT(19)

static void test_checksums(void)
{
	static const char *const names[] = { "FACP", "APIC", "MCFG", "SPCR" };
	struct acpi_rsdp *r = acpi_rsdp();
	struct acpi_table *t, *dsdt;
	u64 addr = acpi_fadt32(40);
	u32 i;

	test_check("acpi.rsdp", r->revision < 2 ||
		   acpi_sum_ok(r, r->length), "extended checksum");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		t = acpi_find(names[i]);
		if (!t && !cpu_noexit())
			test_skip(test_name("acpi", names[i], "sum"),
				  "no table");
		else
			test_check(test_name("acpi", names[i], "sum"),
				   t && acpi_sum_ok(t, t->length),
				   "absent or wrong checksum");
	}
	if (!addr && acpi_fadt(140, 8))
		memcpy(&addr, acpi_fadt(140, 8), 8);
	dsdt = (struct acpi_table *)addr;
	test_check("acpi.DSDT.sum", dsdt && !memcmp(dsdt->signature, "DSDT", 4)
		   && acpi_sum_ok(dsdt, dsdt->length), "at 0x%lx", addr);
}

static void test_madt(void)
{
	struct acpi_table *madt = acpi_find("APIC");
	const u8 *e = (u8 *)madt, *end = e + madt->length;
	u32 ids[MAX_CPUS], n = acpi_cpus(ids, MAX_CPUS), i, ioapics = 0;
	u32 base = 0, self = 0;

	for (e += 44; e + 2 <= end && e[1] >= 2; e += e[1]) {
		if (e[0] == 1) {
			ioapics++;
			memcpy(&base, e + 4, 4);
		}
	}
	test_check("acpi.madt-whole", e == end, "entry runs over the end");
	test_check("acpi.madt-ioapic", ioapics >= 1 && base == IOAPIC_BASE,
		   "%u, last at 0x%x", ioapics, base);
	for (i = 0; i < n; i++)
		self += ids[i] == apic_id();
	test_equal("acpi.madt-has-us", self, 1);
	memcpy(&base, (u8 *)madt + 36, 4);
	test_equal("acpi.madt-lapic-address", base, LAPIC_BASE);
}

static void test_fadt(void)
{
	u32 flags = acpi_fadt32(112);

	if (!cpu_noexit()) {
		test_skip("acpi.fadt", "no Noexit");
		return;
	}
	test_check("acpi.fadt-hw-reduced", flags & FADT_HW_REDUCED, "0x%x",
		   flags);
	test_check("acpi.fadt-physical-apic", flags & FADT_FORCE_PHYSICAL,
		   "0x%x", flags);
	test_check("acpi.fadt-reset", (flags & FADT_RESET_SUPPORTED) &&
		   acpi_gas_port(acpi_fadt(116, 12)), "flags 0x%x port 0x%x",
		   flags, acpi_gas_port(acpi_fadt(116, 12)));
	test_check("acpi.fadt-sleep", acpi_gas_port(acpi_fadt(244, 12)) &&
		   acpi_gas_port(acpi_fadt(256, 12)), "no sleep registers");
}

static void test_spcr(void)
{
	struct acpi_table *spcr = acpi_find("SPCR");

	if (!spcr) {
		test_skip("acpi.spcr-com1", "no SPCR");
		return;
	}
	test_equal("acpi.spcr-com1", acpi_gas_port((u8 *)spcr + 40),
		   PORT_COM1);
}

static void test_mcfg(void)
{
	u64 ecam = acpi_ecam();

	if (!ecam) {
		test_skip("acpi.mcfg-ecam", "no MCFG");
		return;
	}
	outl(0x80000000, PORT_PCI_ADDR);
	test_equal("acpi.mcfg-ecam",
		   mmio_read32((u64)page_window(2, ecam)),
		   inl(PORT_PCI_DATA));
}

/* The tables lie outside of what the memory map gives away as RAM. */
static void test_placement(void)
{
	struct acpi_rsdp *r = acpi_rsdp();
	u64 root = r->revision >= 2 && r->xsdt ? r->xsdt : r->rsdt, i;

	for (i = 0; i < boot.nr_ranges; i++)
		if (boot.ranges[i].type == 1 && root >= boot.ranges[i].base &&
		    root - boot.ranges[i].base < boot.ranges[i].len)
			break;
	test_check("acpi.not-in-ram", i == boot.nr_ranges,
		   "root table at 0x%lx", root);
}

int main(void)
{
	if (!acpi_rsdp()) {
		test_fail("acpi.rsdp", "not found");
		return 0;
	}
	test_checksums();
	test_madt();
	test_fadt();
	test_spcr();
	test_mcfg();
	test_placement();
	return 0;
}

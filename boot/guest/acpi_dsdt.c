/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DSDT: CPUs, PCI host bridge, UART, the ECAM's reservation, and \_S5.
 */
#include "boot/guest/acpi_aml.h"
#include "boot/guest/acpi_tables.h"
#include "core/platform/platform.h"

#define STATUS_PRESENT	0x0f	/* present, enabled, shown, working */
#define UART_PORTS	8
#define SLP_TYP_S5	5	/* core/platform/power.c knows it too */
#define ECAM_BYTES	0x100000
/* I/O ports of the bridge's devices: above all that the platform has. */
#define PCI_IO_FIRST	0x1000
#define PCI_IO_LAST	0xffff

static void cpu_device(struct aml *aml, u32 uid)
{
	static const char digit[] = "0123456789ABCDEF";
	char name[] = { 'C', digit[uid >> 8 & 15], digit[uid >> 4 & 15],
			digit[uid & 15], '\0' };
	struct aml_mark cpu = aml_device(aml, name);

	aml_name_string(aml, "_HID", "ACPI0007");
	aml_name_int(aml, "_UID", uid);
	aml_end(aml, cpu);
}

static void host_bridge(struct aml *aml)
{
	struct aml_mark bridge = aml_device(aml, "PCI0");
	struct aml_crs crs;

	aml_name_eisa_id(aml, "_HID", "PNP0A08");
	aml_name_eisa_id(aml, "_CID", "PNP0A03");
	aml_name_int(aml, "_UID", 0);
	aml_name_int(aml, "_SEG", 0);
	aml_name_int(aml, "_BBN", 0);
	crs = aml_crs_begin(aml);
	aml_bus_window(aml, 0, 0);
	aml_io_window(aml, PCI_IO_FIRST, PCI_IO_LAST);
	aml_memory_window(aml, PLATFORM_HOLE_GPA, PLATFORM_ECAM_GPA - 1);
	aml_crs_end(aml, crs);
	aml_end(aml, bridge);
}

static void uart(struct aml *aml)
{
	struct aml_mark com1 = aml_device(aml, "COM1");
	struct aml_crs crs;

	aml_name_eisa_id(aml, "_HID", "PNP0501");
	aml_name_int(aml, "_UID", 0);
	aml_name_int(aml, "_STA", STATUS_PRESENT);
	crs = aml_crs_begin(aml);
	aml_io(aml, PLATFORM_COM1_PORT, UART_PORTS);
	aml_edge_interrupt(aml, PLATFORM_COM1_GSI);
	aml_crs_end(aml, crs);
	aml_end(aml, com1);
}

/*
 * PCI Firmware 3.3, 4.1.2: the MCFG's range must be reserved by a motherboard
 * resource, or Linux does not trust it.
 */
static void ecam_reservation(struct aml *aml)
{
	struct aml_mark board = aml_device(aml, "ECAM");
	struct aml_crs crs;

	aml_name_eisa_id(aml, "_HID", "PNP0C02");
	aml_name_int(aml, "_UID", 0);
	crs = aml_crs_begin(aml);
	aml_memory32_fixed(aml, PLATFORM_ECAM_GPA, ECAM_BYTES);
	aml_crs_end(aml, crs);
	aml_end(aml, board);
}

void acpi_dsdt_build(const struct acpi_machine *machine, struct aml *aml)
{
	static const u32 s5[] = { SLP_TYP_S5, 0, 0, 0 };
	struct aml_mark system_bus = aml_scope(aml, "\\_SB_");
	u32 i;

	for (i = 0; i < machine->vcpus; i++)
		cpu_device(aml, i);
	host_bridge(aml);
	uart(aml);
	ecam_reservation(aml);
	aml_end(aml, system_bus);
	aml_name_package(aml, "\\_S5_", s5, ARRAY_SIZE(s5));
}

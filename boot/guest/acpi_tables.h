/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ACPI tables of a guest: RSDP, XSDT, RSDT, FADT (hardware-reduced), MADT,
 * MCFG, SPCR, DSDT, in one block that starts with the RSDP.
 */
#ifndef BOOT_GUEST_ACPI_TABLES_H
#define BOOT_GUEST_ACPI_TABLES_H

#include "core/types.h"

#define ACPI_RSDP_BYTES 36

struct acpi_machine {
	u32 vcpus;		/* APIC IDs 0..vcpus-1 */
};

/*
 * Write the tables into @buf, which the guest will see at @gpa (below 4 GiB).
 * The length used, or -E2BIG.
 */
int acpi_tables_build(const struct acpi_machine *machine, u8 *buf,
		      size_t size_bytes, u64 gpa) __must_check;

/* The definition block of the DSDT, in acpi_dsdt.c. */
struct aml;
void acpi_dsdt_build(const struct acpi_machine *machine, struct aml *aml);

#endif

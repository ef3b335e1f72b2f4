/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI tables. */
#ifndef GUEST_ACPI_H
#define GUEST_ACPI_H

#include "lib/types.h"

struct acpi_table {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	u8 oem[6];
	char oem_table[8];
	u32 oem_revision;
	u32 creator;
	u32 creator_revision;
} __attribute__((packed));

struct acpi_rsdp {
	char signature[8];
	u8 checksum;
	u8 oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 checksum_ext;
	u8 reserved[3];
} __attribute__((packed));

void acpi_init(void);
struct acpi_rsdp *acpi_rsdp(void);
struct acpi_table *acpi_find(const char *signature);
bool acpi_sum_ok(const void *p, u32 len);

/* APIC IDs of the usable CPUs, as the MADT lists them; returns how many. */
u32 acpi_cpus(u32 *ids, u32 max);

/* Generic address structure at p: the port, or 0 if it is not I/O space. */
u16 acpi_gas_port(const u8 *p);

/* Field of the FADT at this offset, 0 if the table is too short. */
u32 acpi_fadt32(u32 offset);
const u8 *acpi_fadt(u32 offset, u32 len);

/* Base of ECAM for bus 0 of segment 0, 0 if there is no MCFG. */
u64 acpi_ecam(void);

#endif

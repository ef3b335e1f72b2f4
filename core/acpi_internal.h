/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by the files of core/acpi*.c only: unaligned little-endian fields and
 * the way from an RSDP to checked tables.
 */
#ifndef CORE_ACPI_INTERNAL_H
#define CORE_ACPI_INTERNAL_H

#include "core/acpi.h"
#include "core/string.h"
#include "core/types.h"

/* System description table header (ACPI 6.5, 5.2.6). */
#define ACPI_HEADER_BYTES	36
#define ACPI_HEADER_LENGTH	4	/* u32 */

/* Fields of tables are packed, and XSDT entries only 4-byte aligned. */
static inline u16 acpi_u16(const u8 *p)
{
	u16 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static inline u32 acpi_u32(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static inline u64 acpi_u64(const u8 *p)
{
	u64 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* Physical memory that a table may lie in, or NULL. */
const u8 *acpi_map(u64 hpa, u64 len_bytes);
/*
 * The table at @hpa when its length and checksum hold, else NULL after one log
 * line; @len_bytes gets its length.
 */
const u8 *acpi_table(u64 hpa, u32 *len_bytes);
/*
 * Find the RSDP and list the tables behind it for acpi_find(). -ENOENT: no
 * RSDP; -EINVAL: neither XSDT nor RSDT is usable.
 */
int acpi_root_init(const struct boot_info *info) __must_check;

#endif

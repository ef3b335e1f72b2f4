/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From firmware to a list of tables: RSDP (ACPI 6.5, 5.2.5), then XSDT or
 * RSDT (5.2.7, 5.2.8). Every pointer comes from firmware and every length is
 * checked; a table that fails is left out with one log line.
 */
#include "core/acpi_internal.h"

#include "core/err.h"
#include "core/log.h"
#include "core/paging.h"

#include <hw/phys.h>

#define ACPI_MAX_TABLES		128
#define ACPI_MAX_TABLE_BYTES	(16u << 20)

/* RSDP, by the offsets of the specification. */
enum rsdp_field {
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,		/* u32 */
	RSDP_V1_BYTES = 20,
	RSDP_LENGTH = 20,	/* u32, revision 2 on */
	RSDP_XSDT = 24,		/* u64 */
	RSDP_V2_BYTES = 36,
};

/* Where a BIOS leaves it: on a 16-byte boundary of these areas. */
#define BDA_EBDA_SEGMENT	0x40eull
#define EBDA_SEARCH_BYTES	1024u
#define BIOS_ROM_HPA		0xe0000ull
#define BIOS_ROM_BYTES		0x20000u

/* EFI_SYSTEM_TABLE (UEFI 2.10, 4.3) and its configuration table (4.6). */
#define EFI_ST_SIGNATURE	0x5453595320494249ull
#define EFI_ST_BYTES		120
#define EFI_ST_ENTRIES		104	/* u64 */
#define EFI_ST_CONFIG_TABLE	112	/* u64 */
#define EFI_CONFIG_ENTRY_BYTES	24	/* GUID, then a pointer */
#define EFI_CONFIG_MAX_ENTRIES	1024

static const u8 efi_acpi_20_guid[16] = {
	0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
	0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81,
};
static const u8 efi_acpi_10_guid[16] = {
	0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
	0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d,
};

struct acpi_entry {
	char signature[4];
	u32 len_bytes;
	u64 hpa;
};

static struct acpi_entry tables[ACPI_MAX_TABLES] __ro_after_init;
static u32 table_count __ro_after_init;

/* ---- Bytes ---- */

const u8 *acpi_map(u64 hpa, u64 len_bytes)
{
	if (!hpa || !len_bytes || paging_map_firmware(hpa, len_bytes))
		return NULL;
	return phys_to_virt(hpa);
}

static bool sum_is_zero(const u8 *bytes, u32 len_bytes)
{
	u8 sum = 0;

	for (u32 i = 0; i < len_bytes; i++)
		sum += bytes[i];
	return sum == 0;
}

const u8 *acpi_table(u64 hpa, u32 *len_bytes)
{
	const u8 *table = acpi_map(hpa, ACPI_HEADER_BYTES);
	u32 len;

	if (!table)
		return NULL;
	len = acpi_u32(table + ACPI_HEADER_LENGTH);
	if (len < ACPI_HEADER_BYTES || len > ACPI_MAX_TABLE_BYTES) {
		log_warn("acpi", "table at %llx left out: length %u",
			 (unsigned long long)hpa, len);
		return NULL;
	}
	table = acpi_map(hpa, len);
	if (!table)
		return NULL;
	if (!sum_is_zero(table, len)) {
		log_warn("acpi", "table %.4s at %llx left out: checksum",
			 (const char *)table, (unsigned long long)hpa);
		return NULL;
	}
	*len_bytes = len;
	return table;
}

/* ---- RSDP ---- */

/* A private copy of an RSDP; revision 1's shorter form is padded with 0. */
struct rsdp {
	u8 bytes[RSDP_V2_BYTES];
};

static bool take_rsdp(struct rsdp *rsdp, const u8 *bytes, u64 len_bytes)
{
	bool v2;

	if (len_bytes < RSDP_V1_BYTES || memcmp(bytes, "RSD PTR ", 8) != 0 ||
	    !sum_is_zero(bytes, RSDP_V1_BYTES))
		return false;
	v2 = bytes[RSDP_REVISION] >= 2 && len_bytes >= RSDP_V2_BYTES &&
	     sum_is_zero(bytes, RSDP_V2_BYTES);
	memset(rsdp, 0, sizeof(*rsdp));
	memcpy(rsdp->bytes, bytes, v2 ? RSDP_V2_BYTES : RSDP_V1_BYTES);
	if (!v2)
		rsdp->bytes[RSDP_REVISION] = 0;
	return true;
}

static bool take_rsdp_at(struct rsdp *rsdp, u64 hpa)
{
	const u8 *bytes = acpi_map(hpa, RSDP_V2_BYTES);

	return bytes && take_rsdp(rsdp, bytes, RSDP_V2_BYTES);
}

static bool scan_for_rsdp(struct rsdp *rsdp, u64 hpa, u32 len_bytes)
{
	for (u32 at = 0; at + RSDP_V2_BYTES <= len_bytes; at += 16)
		if (take_rsdp_at(rsdp, hpa + at))
			return true;
	return false;
}

static bool scan_bios(struct rsdp *rsdp)
{
	const u8 *word = acpi_map(BDA_EBDA_SEGMENT, 2);
	u64 ebda = word ? (u64)acpi_u16(word) << 4 : 0;

	if (ebda && scan_for_rsdp(rsdp, ebda, EBDA_SEARCH_BYTES))
		return true;
	return scan_for_rsdp(rsdp, BIOS_ROM_HPA, BIOS_ROM_BYTES);
}

static bool find_in_efi(struct rsdp *rsdp, u64 system_table_hpa)
{
	const u8 *st = acpi_map(system_table_hpa, EFI_ST_BYTES);
	const u8 *entry;
	u64 count, old = 0;

	if (!st || acpi_u64(st) != EFI_ST_SIGNATURE)
		return false;
	count = min(acpi_u64(st + EFI_ST_ENTRIES),
		    (u64)EFI_CONFIG_MAX_ENTRIES);
	entry = acpi_map(acpi_u64(st + EFI_ST_CONFIG_TABLE),
			 count * EFI_CONFIG_ENTRY_BYTES);
	for (; entry && count; count--, entry += EFI_CONFIG_ENTRY_BYTES) {
		u64 pointer = acpi_u64(entry + 16);

		if (memcmp(entry, efi_acpi_20_guid, 16) == 0 &&
		    take_rsdp_at(rsdp, pointer))
			return true;
		if (memcmp(entry, efi_acpi_10_guid, 16) == 0)
			old = pointer;
	}
	return old && take_rsdp_at(rsdp, old);
}

/* The loader's copy, its address, UEFI, the BIOS: from sure to guessed. */
static const char *find_rsdp(const struct boot_info *info, struct rsdp *rsdp)
{
	u32 copied = min(info->rsdp_len_bytes, (u32)sizeof(info->rsdp));

	if (copied && take_rsdp(rsdp, info->rsdp, copied))
		return "boot loader";
	if (info->rsdp_hpa && take_rsdp_at(rsdp, info->rsdp_hpa))
		return "boot loader's pointer";
	if (info->efi_system_table_hpa &&
	    find_in_efi(rsdp, info->efi_system_table_hpa))
		return "UEFI system table";
	if (scan_bios(rsdp))
		return "BIOS area";
	return NULL;
}

/* ---- XSDT, RSDT ---- */

static void list_table(u64 hpa)
{
	u32 len;
	const u8 *table = hpa ? acpi_table(hpa, &len) : NULL;

	if (!table)
		return;
	if (table_count == ACPI_MAX_TABLES) {
		log_warn("acpi", "table %.4s left out: more than %d tables",
			 (const char *)table, ACPI_MAX_TABLES);
		return;
	}
	memcpy(tables[table_count].signature, table, 4);
	tables[table_count].len_bytes = len;
	tables[table_count].hpa = hpa;
	table_count++;
}

static bool list_root(u64 hpa, const char *signature, u32 pointer_bytes)
{
	u32 len;
	const u8 *root = hpa ? acpi_table(hpa, &len) : NULL;

	if (!root || memcmp(root, signature, 4) != 0)
		return false;
	for (u32 at = ACPI_HEADER_BYTES; at + pointer_bytes <= len;
	     at += pointer_bytes)
		list_table(pointer_bytes == 8 ? acpi_u64(root + at) :
						acpi_u32(root + at));
	return true;
}

int acpi_root_init(const struct boot_info *info)
{
	struct rsdp rsdp;
	const char *from = find_rsdp(info, &rsdp);

	table_count = 0;
	if (!from)
		return fail(-ENOENT);
	if (!list_root(acpi_u64(rsdp.bytes + RSDP_XSDT), "XSDT", 8) &&
	    !list_root(acpi_u32(rsdp.bytes + RSDP_RSDT), "RSDT", 4))
		return fail(-EINVAL);
	log_info("acpi", "RSDP from the %s, revision %u, %u tables", from,
		 rsdp.bytes[RSDP_REVISION], table_count);
	return 0;
}

int acpi_find(const char signature[4], u64 *hpa, u32 *len_bytes)
{
	for (u32 i = 0; i < table_count; i++) {
		if (memcmp(tables[i].signature, signature, 4) != 0)
			continue;
		*hpa = tables[i].hpa;
		*len_bytes = tables[i].len_bytes;
		return 0;
	}
	return -ENOENT;
}

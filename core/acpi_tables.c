/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FADT (ACPI 6.5, 5.2.9), MCFG, SPCR, and \_S5 out of the DSDT. A field
 * beyond the table's length is absent: old revisions are shorter. Pure.
 */
#include "core/acpi_internal.h"

#include "core/err.h"

/* Fixed ACPI description table. */
#define FADT_PM1A_CNT_BLK	64	/* u32 */
#define FADT_PM1B_CNT_BLK	68	/* u32 */
#define FADT_PM_TMR_BLK		76	/* u32 */
#define FADT_PM_TMR_LEN		91	/* u8 */
#define FADT_FLAGS		112	/* u32 */
#define FADT_V1_BYTES		116
#define FADT_RESET_REG		116	/* GAS */
#define FADT_RESET_VALUE	128	/* u8 */
#define FADT_X_PM1A_CNT_BLK	172	/* GAS */
#define FADT_X_PM1B_CNT_BLK	184	/* GAS */
#define FADT_X_PM_TMR_BLK	208	/* GAS */

#define FADT_TMR_VAL_EXT	BIT(8)
#define FADT_RESET_REG_SUP	BIT(10)
#define FADT_HW_REDUCED		BIT(20)

/* Generic address structure (5.2.3.2). */
#define GAS_BYTES		12
#define GAS_SPACE_IO		1

/* Memory-mapped configuration (PCI Firmware Specification 3.3, 4.1.2). */
#define MCFG_ENTRIES		44
#define MCFG_ENTRY_BYTES	16

/* Serial port console redirection, revision 1 on. */
#define SPCR_INTERFACE		36	/* u8 */
#define SPCR_BASE		40	/* GAS */
#define SPCR_INTERRUPT_TYPE	52	/* u8: b0 8259, b1 IOAPIC */
#define SPCR_IRQ		53	/* u8 */
#define SPCR_GSI		54	/* u32 */
#define SPCR_BYTES		58
#define SPCR_FULL_16550		0
#define SPCR_SUBSET_16550	1
#define SPCR_16550_WITH_GAS	0x12

static bool get_gas(struct acpi_gas *gas, const u8 *table, u32 len_bytes,
		    u32 offset)
{
	const u8 *p = table + offset;

	if (len_bytes < offset + GAS_BYTES)
		return false;
	gas->space = p[0];
	gas->bit_width = p[1];
	gas->bit_offset = p[2];
	gas->access_size = p[3];
	gas->address = acpi_u64(p + 4);
	return gas->address != 0;
}

/* A port from the extended field, else from the 32-bit one. 0: none. */
static u32 get_port(const u8 *table, u32 len_bytes, u32 x_offset, u32 offset)
{
	struct acpi_gas gas;
	u32 port = acpi_u32(table + offset);

	if (get_gas(&gas, table, len_bytes, x_offset) &&
	    gas.space == GAS_SPACE_IO)
		port = gas.address <= 0xffff ? (u32)gas.address : 0;
	return port <= 0xffff ? port : 0;
}

int acpi_parse_fadt(struct acpi_info *out, const void *table, u32 len_bytes)
{
	const u8 *bytes = table;
	u32 flags;

	if (len_bytes < FADT_V1_BYTES)
		return -EINVAL;
	flags = acpi_u32(bytes + FADT_FLAGS);
	out->hw_reduced = flags & FADT_HW_REDUCED;
	out->reset_supported =
		(flags & FADT_RESET_REG_SUP) && len_bytes > FADT_RESET_VALUE &&
		get_gas(&out->reset_reg, bytes, len_bytes, FADT_RESET_REG);
	if (out->reset_supported)
		out->reset_value = bytes[FADT_RESET_VALUE];
	/* With reduced hardware the fields below mean nothing. */
	if (out->hw_reduced)
		return 0;
	out->pm1a_control_port = get_port(bytes, len_bytes,
					  FADT_X_PM1A_CNT_BLK,
					  FADT_PM1A_CNT_BLK);
	out->pm1b_control_port = get_port(bytes, len_bytes,
					  FADT_X_PM1B_CNT_BLK,
					  FADT_PM1B_CNT_BLK);
	if (bytes[FADT_PM_TMR_LEN] == 4)
		out->pm_timer_port = get_port(bytes, len_bytes,
					      FADT_X_PM_TMR_BLK,
					      FADT_PM_TMR_BLK);
	out->pm_timer_32bit = flags & FADT_TMR_VAL_EXT;
	return 0;
}

int acpi_parse_mcfg(struct acpi_info *out, const void *table, u32 len_bytes)
{
	const u8 *entry = (const u8 *)table + MCFG_ENTRIES;
	u32 left = len_bytes > MCFG_ENTRIES ? len_bytes - MCFG_ENTRIES : 0;

	for (; left >= MCFG_ENTRY_BYTES;
	     left -= MCFG_ENTRY_BYTES, entry += MCFG_ENTRY_BYTES) {
		u64 base = acpi_u64(entry);

		/* Segment 0, with a usable base and range of buses. */
		if (acpi_u16(entry + 8) != 0 || !base ||
		    !is_aligned(base, 1 << 20) || entry[10] > entry[11])
			continue;
		out->ecam_hpa = base;	/* of bus 0, whatever the first is */
		out->ecam_bus_first = entry[10];
		out->ecam_bus_last = entry[11];
		return 0;
	}
	return -EINVAL;
}

int acpi_parse_spcr(struct acpi_info *out, const void *table, u32 len_bytes)
{
	const u8 *bytes = table;
	u8 interface;

	if (len_bytes < SPCR_BYTES)
		return -EINVAL;
	interface = bytes[SPCR_INTERFACE];
	if (interface != SPCR_FULL_16550 && interface != SPCR_SUBSET_16550 &&
	    interface != SPCR_16550_WITH_GAS)
		return -EINVAL;
	/* Address 0 means that console redirection is off. */
	if (!get_gas(&out->spcr_reg, bytes, len_bytes, SPCR_BASE))
		return -EINVAL;
	out->has_spcr = true;
	out->spcr_gsi = ~0u;
	if (bytes[SPCR_INTERRUPT_TYPE] & BIT(1))
		out->spcr_gsi = acpi_u32(bytes + SPCR_GSI);
	else if (bytes[SPCR_INTERRUPT_TYPE] & BIT(0))
		out->spcr_gsi = bytes[SPCR_IRQ];
	return 0;
}

/* ---- \_S5 ---- */

/* AML encodings (ACPI 6.5, 20.2). */
enum aml_op {
	AML_ZERO = 0x00, AML_ONE = 0x01, AML_NAME = 0x08,
	AML_BYTE = 0x0a, AML_WORD = 0x0b, AML_DWORD = 0x0c,
	AML_PACKAGE = 0x12, AML_ROOT = '\\',
};

/* A cursor over AML; reading beyond the end gives 0xff, which is no number. */
struct aml {
	const u8 *bytes;
	u32 len_bytes;
	u32 at;
};

static u8 aml_byte(struct aml *aml)
{
	return aml->at < aml->len_bytes ? aml->bytes[aml->at++] : 0xff;
}

/* SLP_TYPx is a constant of three bits, in whichever encoding. */
static bool aml_sleep_type(struct aml *aml, u16 *type)
{
	u8 op = aml_byte(aml);
	u32 more = op == AML_WORD ? 1 : op == AML_DWORD ? 3 : 0;

	switch (op) {
	case AML_ZERO:
	case AML_ONE:
		*type = op;
		return true;
	case AML_BYTE:
	case AML_WORD:
	case AML_DWORD:
		*type = aml_byte(aml);
		while (more--)
			(void)aml_byte(aml);
		return *type <= 7;
	}
	return false;
}

/* `Name (_S5_, Package () {a, b, …})`, the cursor behind the name. */
static bool aml_s5_package(struct aml *aml, u16 *a, u16 *b)
{
	u8 lead, count;

	if (aml_byte(aml) != AML_PACKAGE)
		return false;
	lead = aml_byte(aml);	/* PkgLength: bits 7:6 count further bytes */
	for (u32 i = 0; i < field_get(BITS(7, 6), lead); i++)
		(void)aml_byte(aml);
	count = aml_byte(aml);
	if (count < 1 || count == 0xff || !aml_sleep_type(aml, a))
		return false;
	if (count == 1 || !aml_sleep_type(aml, b))
		*b = *a;
	return true;
}

void acpi_parse_s5(struct acpi_info *out, const void *dsdt, u32 len_bytes)
{
	const u8 *bytes = dsdt;
	u16 a, b;

	/*
	 * No interpreter: the four letters after a NameOp are unique enough,
	 * and what follows them must be such a package.
	 */
	for (u32 at = ACPI_HEADER_BYTES + 1; at + 4 < len_bytes; at++) {
		struct aml aml = { bytes, len_bytes, at + 4 };
		u32 before = at - 1;

		if (memcmp(bytes + at, "_S5_", 4) != 0)
			continue;
		if (bytes[before] == AML_ROOT && before > ACPI_HEADER_BYTES)
			before--;
		if (bytes[before] != AML_NAME || !aml_s5_package(&aml, &a, &b))
			continue;
		out->has_s5 = true;
		out->s5_type_a = a;
		out->s5_type_b = b;
		return;
	}
}

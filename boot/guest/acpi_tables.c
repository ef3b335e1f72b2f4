/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI tables of a guest, ACPI 6.4, chapter 5.2; MCFG: PCI Firmware 3.3,
 * 4.1.2; SPCR: Microsoft's "Serial Port Console Redirection Table". A table is
 * built field by field at the offsets that the specifications print.
 */
#include "boot/guest/acpi_tables.h"

#include "apic/domain.h"
#include "boot/guest/acpi_aml.h"
#include "core/err.h"
#include "core/platform/platform.h"
#include "core/string.h"

#define SDT_HEADER_BYTES 36
#define SDT_LENGTH	4
#define SDT_CHECKSUM	9
#define FADT_BYTES	276	/* ACPI 6 */
#define SPCR_BYTES	80
#define LAPIC_ID_MAX	254	/* beyond: x2APIC entries */

enum gas_space { GAS_MEMORY = 0, GAS_IO = 1 };

enum fadt_offset {
	FADT_DSDT = 40,
	FADT_IAPC_BOOT_ARCH = 109,
	FADT_FLAGS = 112,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_MINOR_VERSION = 131,
	FADT_X_DSDT = 140,
	FADT_SLEEP_CONTROL_REG = 244,
	FADT_SLEEP_STATUS_REG = 256,
};

#define BOOT_ARCH_NO_VGA	BIT(2)
#define BOOT_ARCH_NO_CMOS_RTC	BIT(5)	/* bit 1 clear: no 8042 */
#define FADT_WBINVD		BIT(0)
#define FADT_PWR_BUTTON		BIT(4)	/* no fixed power button */
#define FADT_SLP_BUTTON		BIT(5)
#define FADT_RESET_REG_SUP	BIT(10)
/* Logical destinations cannot be virtualised without an exit. */
#define FADT_FORCE_PHYSICAL	BIT(19)
#define FADT_HW_REDUCED		BIT(20)
#define RESET_VALUE		6	/* SYS_RST and RST_CPU of 0xCF9 */

struct tables {
	struct aml out;
	u64 gpa;
	size_t start;		/* of the table being built */
};

static void put64(struct tables *t, u64 value)
{
	aml_bytes(&t->out, &value, sizeof(value));
}

/* Overwrite a field of the current table. */
static void set(struct tables *t, size_t offset, u64 value, size_t len_bytes)
{
	if (!t->out.overflow)
		memcpy(t->out.at + t->start + offset, &value, len_bytes);
}

static u8 checksum(const u8 *bytes, size_t len_bytes)
{
	u8 sum = 0;
	size_t i;

	for (i = 0; i < len_bytes; i++)
		sum += bytes[i];
	return -sum;
}

static void pad(struct tables *t, size_t len_bytes)
{
	while (len_bytes-- && !t->out.overflow)
		aml_u8(&t->out, 0);
}

/* Start a table on a 16-byte boundary; its address as the guest sees it. */
static u64 table_begin(struct tables *t, const char *signature, u8 revision)
{
	pad(t, align_up(t->out.len_bytes, 16) - t->out.len_bytes);
	t->start = t->out.len_bytes;
	aml_bytes(&t->out, signature, 4);
	aml_u32(&t->out, 0);			/* length */
	aml_u8(&t->out, revision);
	aml_u8(&t->out, 0);			/* checksum */
	aml_bytes(&t->out, "NOEXIT", 6);
	aml_bytes(&t->out, "NOEXITVM", 8);
	aml_u32(&t->out, 1);
	aml_bytes(&t->out, "NOEX", 4);
	aml_u32(&t->out, 1);
	return t->gpa + t->start;
}

static void table_end(struct tables *t)
{
	size_t len_bytes = t->out.len_bytes - t->start;

	if (t->out.overflow)
		return;
	set(t, SDT_LENGTH, len_bytes, 4);
	set(t, SDT_CHECKSUM, checksum(t->out.at + t->start, len_bytes), 1);
}

/* Generic Address Structure of a one-byte I/O register. */
static void put_gas_io(struct tables *t, u16 port)
{
	aml_u8(&t->out, GAS_IO);
	aml_u8(&t->out, 8);			/* bits */
	aml_u8(&t->out, 0);
	aml_u8(&t->out, 1);			/* access size: byte */
	put64(t, port);
}

/* The same over zeros that are already there. */
static void set_gas_io(struct tables *t, size_t offset, u16 port)
{
	size_t end = t->out.len_bytes;

	t->out.len_bytes = t->start + offset;
	put_gas_io(t, port);
	t->out.len_bytes = end;
}

static u64 build_dsdt(struct tables *t, const struct acpi_machine *machine)
{
	u64 gpa = table_begin(t, "DSDT", 2);

	acpi_dsdt_build(machine, &t->out);
	table_end(t);
	return gpa;
}

static u64 build_fadt(struct tables *t, u64 dsdt)
{
	u64 gpa = table_begin(t, "FACP", 6);

	pad(t, FADT_BYTES - SDT_HEADER_BYTES);
	if (t->out.overflow)
		return 0;
	set(t, FADT_DSDT, dsdt, 4);
	set(t, FADT_IAPC_BOOT_ARCH, BOOT_ARCH_NO_VGA | BOOT_ARCH_NO_CMOS_RTC,
	    2);
	set(t, FADT_FLAGS,
	    FADT_WBINVD | FADT_PWR_BUTTON | FADT_SLP_BUTTON |
	    FADT_RESET_REG_SUP | FADT_FORCE_PHYSICAL | FADT_HW_REDUCED, 4);
	set_gas_io(t, FADT_RESET_REG, PLATFORM_RESET_PORT);
	set(t, FADT_RESET_VALUE, RESET_VALUE, 1);
	set(t, FADT_MINOR_VERSION, 4, 1);
	set(t, FADT_X_DSDT, dsdt, 8);
	set_gas_io(t, FADT_SLEEP_CONTROL_REG, PLATFORM_SLEEP_PORT);
	set_gas_io(t, FADT_SLEEP_STATUS_REG, PLATFORM_SLEEP_STATUS_PORT);
	table_end(t);
	return gpa;
}

static void put_local_apic(struct aml *out, u32 id)
{
	if (id <= LAPIC_ID_MAX) {
		aml_u8(out, 0);			/* local APIC */
		aml_u8(out, 8);
		aml_u8(out, (u8)id);		/* ACPI processor UID */
		aml_u8(out, (u8)id);
		aml_u32(out, 1);		/* enabled */
	} else {
		aml_u8(out, 9);			/* local x2APIC */
		aml_u8(out, 16);
		aml_u16(out, 0);
		aml_u32(out, id);
		aml_u32(out, 1);
		aml_u32(out, id);
	}
}

static u64 build_madt(struct tables *t, const struct acpi_machine *machine)
{
	u64 gpa = table_begin(t, "APIC", 4);
	struct aml *out = &t->out;
	u32 i;

	aml_u32(out, VLAPIC_GPA);
	aml_u32(out, 0);			/* no 8259 */
	for (i = 0; i < machine->vcpus && !out->overflow; i++)
		put_local_apic(out, i);
	aml_u8(out, 1);				/* IOAPIC */
	aml_u8(out, 12);
	aml_u8(out, 0);				/* its ID */
	aml_u8(out, 0);
	aml_u32(out, VIOAPIC_GPA);
	aml_u32(out, 0);			/* GSI base */
	aml_u8(out, 4);				/* local APIC NMI */
	aml_u8(out, 6);
	aml_u8(out, 0xff);			/* all processors */
	aml_u16(out, 0);			/* polarity, trigger: of bus */
	aml_u8(out, 1);				/* LINT1 */
	table_end(t);
	return gpa;
}

static u64 build_mcfg(struct tables *t)
{
	u64 gpa = table_begin(t, "MCFG", 1);

	put64(t, 0);
	put64(t, PLATFORM_ECAM_GPA);
	aml_u16(&t->out, 0);			/* segment */
	aml_u8(&t->out, 0);			/* first bus */
	aml_u8(&t->out, 0);			/* last bus */
	aml_u32(&t->out, 0);
	table_end(t);
	return gpa;
}

static u64 build_spcr(struct tables *t)
{
	u64 gpa = table_begin(t, "SPCR", 2);
	struct aml *out = &t->out;

	aml_u8(out, 0);				/* full 16550 */
	pad(t, 3);
	put_gas_io(t, PLATFORM_COM1_PORT);
	aml_u8(out, 2);				/* interrupt: IOAPIC */
	aml_u8(out, 0);
	aml_u32(out, PLATFORM_COM1_GSI);
	aml_u8(out, 7);				/* 115200 baud */
	aml_u8(out, 0);				/* no parity */
	aml_u8(out, 1);				/* one stop bit */
	aml_u8(out, 0);				/* no flow control */
	aml_u8(out, 0);				/* VT100 */
	aml_u8(out, 0);
	aml_u16(out, 0xffff);			/* no PCI device */
	aml_u16(out, 0xffff);
	pad(t, SPCR_BYTES - 68);
	table_end(t);
	return gpa;
}

static u64 build_root(struct tables *t, const char *signature, u8 revision,
		      const u64 *tables, size_t count, size_t entry_bytes)
{
	u64 gpa = table_begin(t, signature, revision);
	size_t i;

	for (i = 0; i < count; i++)
		aml_bytes(&t->out, &tables[i], entry_bytes);
	table_end(t);
	return gpa;
}

static void build_rsdp(struct tables *t, u64 rsdt, u64 xsdt)
{
	u8 *at = t->out.at;

	t->start = 0;
	memcpy(at, "RSD PTR ", 8);
	memcpy(at + 9, "NOEXIT", 6);
	set(t, 15, 2, 1);			/* revision: with XSDT */
	set(t, 16, rsdt, 4);
	set(t, 20, ACPI_RSDP_BYTES, 4);
	set(t, 24, xsdt, 8);
	set(t, 8, checksum(at, 20), 1);
	set(t, 32, checksum(at, ACPI_RSDP_BYTES), 1);
}

int acpi_tables_build(const struct acpi_machine *machine, u8 *buf,
		      size_t size_bytes, u64 gpa)
{
	struct tables t = {
		.out = { .at = buf, .size_bytes = size_bytes }, .gpa = gpa,
	};
	u64 table[4], rsdt, xsdt;

	pad(&t, ACPI_RSDP_BYTES);
	table[0] = build_fadt(&t, build_dsdt(&t, machine));
	table[1] = build_madt(&t, machine);
	table[2] = build_mcfg(&t);
	table[3] = build_spcr(&t);
	rsdt = build_root(&t, "RSDT", 1, table, ARRAY_SIZE(table), 4);
	xsdt = build_root(&t, "XSDT", 1, table, ARRAY_SIZE(table), 8);
	if (t.out.overflow)
		return -E2BIG;
	build_rsdp(&t, rsdt, xsdt);
	return (int)t.out.len_bytes;
}

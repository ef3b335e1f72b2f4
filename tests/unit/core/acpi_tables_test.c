/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure ACPI parsers over hand-made tables: MADT, FADT, MCFG, SPCR, \_S5. */
#include "core/acpi.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/unit/core/acpi_build.h"
#include "tests/unit/test.h"

static struct acpi_info parsed;

/* ---- MADT ---- */

/* Parse an exact copy, so that reads outside are seen. */
static int parse(int (*parser)(struct acpi_info *, const void *, u32),
		 const struct table *t)
{
	u8 *copy = malloc(t->len ? t->len : 1);
	int err;

	memcpy(copy, t->bytes, t->len);
	memset(&parsed, 0, sizeof(parsed));
	err = parser(&parsed, copy, t->len);
	free(copy);
	return err;
}

TEST(madt_cpus_of_both_forms_without_duplicates)
{
	struct table t;

	madt_begin(&t);
	madt_cpu(&t, 0, 1);
	madt_cpu(&t, 2, 1);
	madt_cpu(&t, 4, 0);		/* absent */
	madt_cpu(&t, 6, 2);		/* online capable only */
	madt_cpu(&t, 0xff, 1);		/* no ID */
	madt_x2apic(&t, 2, 1);
	madt_x2apic(&t, 300, 1);
	madt_x2apic(&t, ~0u, 1);
	EXPECT_EQ(parse(acpi_parse_madt, &t), 0);
	EXPECT_EQ(parsed.cpu_count, 3);
	EXPECT_EQ(parsed.cpu_apic_id[0], 0);
	EXPECT_EQ(parsed.cpu_apic_id[1], 2);
	EXPECT_EQ(parsed.cpu_apic_id[2], 300);
	EXPECT_EQ(parsed.lapic_hpa, 0xfee00000);
	EXPECT(parsed.has_8259);
}

TEST(madt_more_cpus_than_we_can_use)
{
	static struct table t;

	madt_begin(&t);
	for (u32 i = 0; i < 250; i++)
		madt_cpu(&t, (u8)i, 1);
	for (u32 i = 256; i < 256 + 100; i++)
		madt_x2apic(&t, i, 1);
	EXPECT_EQ(parse(acpi_parse_madt, &t), 0);
	EXPECT_EQ(parsed.cpu_count, MAX_CPUS);
	EXPECT_EQ(parsed.cpus_dropped, 350 - MAX_CPUS);
}

TEST(madt_ioapics_overrides_and_lapic_address)
{
	struct table t;
	bool level, low;

	madt_begin(&t);
	madt_cpu(&t, 0, 1);
	madt_ioapic(&t, 8, 0xfec00000, 0);
	madt_ioapic(&t, 9, 0xfec01000, 24);
	madt_ioapic(&t, 10, 0xfec01000, 24);	/* twice */
	madt_ioapic(&t, 11, 0, 48);		/* nowhere */
	madt_override(&t, 0, 2, 0);
	madt_override(&t, 9, 9, 0xf);
	madt_override(&t, 5, 5, 0x5);
	put8(&t, 5), put8(&t, 12), put16(&t, 0), put64(&t, 0x1fee00000);
	EXPECT_EQ(parse(acpi_parse_madt, &t), 0);
	EXPECT_EQ(parsed.ioapic_count, 2);
	EXPECT_EQ(parsed.ioapic[1].base_hpa, 0xfec01000);
	EXPECT_EQ(parsed.ioapic[1].gsi_base, 24);
	EXPECT_EQ(parsed.ioapic[1].id, 9);
	EXPECT_EQ(parsed.lapic_hpa, 0x1fee00000);
	EXPECT_EQ(parsed.override_count, 3);

	acpi = parsed;
	EXPECT_EQ(acpi_isa_gsi(0, &level, &low), 2);
	EXPECT(!level && !low);
	EXPECT_EQ(acpi_isa_gsi(9, &level, &low), 9);
	EXPECT(level && low);
	EXPECT_EQ(acpi_isa_gsi(5, &level, &low), 5);
	EXPECT(!level && !low);
	EXPECT_EQ(acpi_isa_gsi(4, &level, &low), 4);
	EXPECT(!level && !low);
}

TEST(madt_tables_of_entries_are_full_at_some_point)
{
	static struct table t;

	madt_begin(&t);
	madt_cpu(&t, 0, 1);
	for (u32 i = 0; i < 80; i++)
		madt_ioapic(&t, (u8)i, 0xfec00000 + (i << 12), i * 24);
	for (u32 i = 0; i < 40; i++)
		madt_override(&t, (u8)i, i, 0);
	EXPECT_EQ(parse(acpi_parse_madt, &t), 0);
	EXPECT_EQ(parsed.ioapic_count, ACPI_MAX_IOAPICS);
	EXPECT_EQ(parsed.override_count, ACPI_MAX_OVERRIDES);
}

TEST(madt_entries_that_lie)
{
	struct table t;

	small_madt(&t);
	put8(&t, 0), put8(&t, 0);	/* would never end */
	madt_cpu(&t, 2, 1);
	EXPECT_EQ(parse(acpi_parse_madt, &t), 0);
	EXPECT_EQ(parsed.cpu_count, 2);

	small_madt(&t);
	put8(&t, 0), put8(&t, 200);	/* beyond the end */
	put32(&t, 0);
	EXPECT_EQ(parse(acpi_parse_madt, &t), 0);
	EXPECT_EQ(parsed.cpu_count, 2);

	madt_begin(&t);
	for (u8 type = 0; type < 20; type++)
		put8(&t, type), put8(&t, 2);	/* too short for any */
	put8(&t, 0);
	EXPECT_EQ(parse(acpi_parse_madt, &t), -EINVAL);
	EXPECT_EQ(parsed.cpu_count, 0);
	t.len = 43;
	EXPECT_EQ(parse(acpi_parse_madt, &t), -EINVAL);
}

/* ---- FADT ---- */

static void fadt(struct table *t, u32 len)
{
	table_begin(t, "FACP");
	t->len = len;
	memcpy(t->bytes + 64, &(u32){ 0x404 }, 4);
	memcpy(t->bytes + 68, &(u32){ 0x408 }, 4);
	memcpy(t->bytes + 76, &(u32){ 0x508 }, 4);
	t->bytes[91] = 4;
}

static void set_flags(struct table *t, u32 flags)
{
	memcpy(t->bytes + 112, &flags, 4);
}

static void set_gas(struct table *t, u32 at, u8 space, u64 address)
{
	t->bytes[at] = space;
	t->bytes[at + 1] = 8;
	memcpy(t->bytes + at + 4, &address, 8);
}

TEST(fadt_revision_1)
{
	struct table t;

	fadt(&t, 116);
	set_flags(&t, BIT(10) | BIT(8));
	EXPECT_EQ(parse(acpi_parse_fadt, &t), 0);
	EXPECT_EQ(parsed.pm1a_control_port, 0x404);
	EXPECT_EQ(parsed.pm1b_control_port, 0x408);
	EXPECT_EQ(parsed.pm_timer_port, 0x508);
	EXPECT(parsed.pm_timer_32bit);
	EXPECT(!parsed.reset_supported);	/* the register is beyond */
	EXPECT(!parsed.hw_reduced);
	t.len = 115;
	EXPECT_EQ(parse(acpi_parse_fadt, &t), -EINVAL);
}

TEST(fadt_extended_fields_win)
{
	struct table t;

	fadt(&t, 244);
	set_flags(&t, BIT(10));
	set_gas(&t, 116, 1, 0xcf9);
	t.bytes[128] = 6;
	set_gas(&t, 172, 1, 0x1804);
	set_gas(&t, 208, 1, 0x1808);
	EXPECT_EQ(parse(acpi_parse_fadt, &t), 0);
	EXPECT(parsed.reset_supported);
	EXPECT_EQ(parsed.reset_reg.space, 1);
	EXPECT_EQ(parsed.reset_reg.address, 0xcf9);
	EXPECT_EQ(parsed.reset_value, 6);
	EXPECT_EQ(parsed.pm1a_control_port, 0x1804);
	EXPECT_EQ(parsed.pm1b_control_port, 0x408);
	EXPECT_EQ(parsed.pm_timer_port, 0x1808);
	EXPECT(!parsed.pm_timer_32bit);
}

TEST(fadt_ports_that_are_none)
{
	struct table t;

	fadt(&t, 244);
	memcpy(t.bytes + 64, &(u32){ 0x10000 }, 4);
	set_gas(&t, 184, 1, 0x123456);
	set_gas(&t, 208, 0, 0xfed40000);	/* memory: not for us */
	t.bytes[91] = 0;
	EXPECT_EQ(parse(acpi_parse_fadt, &t), 0);
	EXPECT_EQ(parsed.pm1a_control_port, 0);
	EXPECT_EQ(parsed.pm1b_control_port, 0);
	EXPECT_EQ(parsed.pm_timer_port, 0);
}

TEST(fadt_hardware_reduced)
{
	struct table t;

	fadt(&t, 268);
	set_flags(&t, BIT(20));
	EXPECT_EQ(parse(acpi_parse_fadt, &t), 0);
	EXPECT(parsed.hw_reduced);
	EXPECT_EQ(parsed.pm1a_control_port, 0);
	EXPECT_EQ(parsed.pm_timer_port, 0);
}

/* ---- MCFG ---- */

static void mcfg_entry(struct table *t, u64 base, u16 segment, u8 first,
		       u8 last)
{
	put64(t, base), put16(t, segment), put8(t, first), put8(t, last);
	put32(t, 0);
}

TEST(mcfg_takes_the_first_segment)
{
	struct table t;

	table_begin(&t, "MCFG");
	put64(&t, 0);
	mcfg_entry(&t, 0x80000000, 1, 0, 255);
	mcfg_entry(&t, 0, 0, 0, 255);
	mcfg_entry(&t, 0x80000800, 0, 0, 255);
	mcfg_entry(&t, 0x80000000, 0, 5, 4);
	mcfg_entry(&t, 0xe0000000, 0, 0x10, 0x7f);
	EXPECT_EQ(parse(acpi_parse_mcfg, &t), 0);
	EXPECT_EQ(parsed.ecam_hpa, 0xe0000000);
	EXPECT_EQ(parsed.ecam_bus_first, 0x10);
	EXPECT_EQ(parsed.ecam_bus_last, 0x7f);
	t.len--;
	EXPECT_EQ(parse(acpi_parse_mcfg, &t), -EINVAL);
	t.len = 36;
	EXPECT_EQ(parse(acpi_parse_mcfg, &t), -EINVAL);
}

/* ---- SPCR ---- */

static void spcr(struct table *t, u8 interface, u8 interrupt, u64 address)
{
	table_begin(t, "SPCR");
	t->len = 80;
	t->bytes[36] = interface;
	set_gas(t, 40, 1, address);
	t->bytes[52] = interrupt;
	t->bytes[53] = 4;
	memcpy(t->bytes + 54, &(u32){ 20 }, 4);
}

TEST(spcr_interrupts)
{
	struct table t;

	spcr(&t, 0, 2, 0x3f8);
	EXPECT_EQ(parse(acpi_parse_spcr, &t), 0);
	EXPECT(parsed.has_spcr);
	EXPECT_EQ(parsed.spcr_reg.address, 0x3f8);
	EXPECT_EQ(parsed.spcr_gsi, 20);
	spcr(&t, 1, 1, 0x2f8);
	EXPECT_EQ(parse(acpi_parse_spcr, &t), 0);
	EXPECT_EQ(parsed.spcr_gsi, 4);
	spcr(&t, 0x12, 0, 0xfedc9000);
	EXPECT_EQ(parse(acpi_parse_spcr, &t), 0);
	EXPECT_EQ(parsed.spcr_gsi, ~0u);
}

TEST(spcr_of_no_use)
{
	struct table t;

	spcr(&t, 3, 0, 0x9000000);	/* PL011 */
	EXPECT_EQ(parse(acpi_parse_spcr, &t), -EINVAL);
	spcr(&t, 0, 0, 0);		/* redirection is off */
	EXPECT_EQ(parse(acpi_parse_spcr, &t), -EINVAL);
	spcr(&t, 0, 0, 0x3f8);
	t.len = 57;
	EXPECT_EQ(parse(acpi_parse_spcr, &t), -EINVAL);
	EXPECT(!parsed.has_spcr);
}

/* ---- \_S5 ---- */

static bool s5(const char *aml, u32 len)
{
	u8 *copy = calloc(1, 36 + len);

	memcpy(copy + 36, aml, len);
	memset(&parsed, 0, sizeof(parsed));
	acpi_parse_s5(&parsed, copy, 36 + len);
	free(copy);
	return parsed.has_s5;
}

TEST(s5_in_each_encoding)
{
	EXPECT(s5("\x08_S5_\x12\x08\x04\x0a\x05\x0a\x07\x00\x00", 13));
	EXPECT_EQ(parsed.s5_type_a, 5);
	EXPECT_EQ(parsed.s5_type_b, 7);
	EXPECT(s5("\x08\\_S5_\x12\x06\x04\x00\x00\x00\x00", 12));
	EXPECT_EQ(parsed.s5_type_a, 0);
	EXPECT(s5("\x08_S5_\x12\x06\x04\x01\x00\x00\x00", 11));
	EXPECT_EQ(parsed.s5_type_a, 1);
	EXPECT_EQ(parsed.s5_type_b, 0);
	EXPECT(s5("\x08_S5_\x12\x46\x00\x02\x0b\x03\x00\x0c\x02\x00\x00\x00",
		  17));
	EXPECT_EQ(parsed.s5_type_a, 3);
	EXPECT_EQ(parsed.s5_type_b, 2);
	EXPECT(s5("\x08_S5_\x12\x03\x01\x0a\x06", 10));
	EXPECT_EQ(parsed.s5_type_a, 6);
	EXPECT_EQ(parsed.s5_type_b, 6);
}

TEST(s5_that_is_none)
{
	EXPECT(!s5("\x10_S5_\x12\x06\x02\x0a\x05\x0a\x05", 12));
	EXPECT(!s5("\x08_S5_\x14\x06\x02\x0a\x05\x0a\x05", 12));
	EXPECT(!s5("\x08_S5_\x12\x06\x02\x0a\x55\x0a\x05", 12));
	EXPECT(!s5("\x08_S5_\x12\x06\x02\x0d\x05\x0a\x05", 12));
	EXPECT(!s5("\x08_S5_\x12\x06\x00\x0a\x05\x0a\x05", 12));
	EXPECT(!s5("\x08_S5_\x12\x06", 7));
	EXPECT(!s5("\x08_S5_", 5));
	EXPECT(!s5("", 0));
	/* A wrong one first does not hide the right one. */
	EXPECT(s5("_S5_\x08_S5_\x12\x06\x02\x0a\x05\x0a\x05", 16));
}

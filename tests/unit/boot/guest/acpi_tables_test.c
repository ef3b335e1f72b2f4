/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/acpi_tables.h"

#include <string.h>

#include "core/err.h"
#include "tests/unit/test.h"

#define GPA 0xe0000ull

static u8 block[0x10000];

static u64 get(u64 gpa, u32 len_bytes)
{
	u64 value = 0;

	EXPECT(gpa >= GPA && gpa + len_bytes <= GPA + sizeof(block));
	memcpy(&value, block + (gpa - GPA), len_bytes);
	return value;
}

static u8 sum(u64 gpa, u64 len_bytes)
{
	u8 total = 0;

	while (len_bytes--)
		total += (u8)get(gpa++, 1);
	return total;
}

static int build(u32 vcpus)
{
	struct acpi_machine machine = { .vcpus = vcpus };

	memset(block, 0xaa, sizeof(block));
	return acpi_tables_build(&machine, block, sizeof(block), GPA);
}

/* By the XSDT; the RSDT must name the same. */
static u64 find(const char *signature)
{
	u64 rsdt = get(GPA + 16, 4), xsdt = get(GPA + 24, 8), count, i;

	count = (get(xsdt + 4, 4) - 36) / 8;
	EXPECT_EQ((get(rsdt + 4, 4) - 36) / 4, count);
	for (i = 0; i < count; i++) {
		u64 at = get(xsdt + 36 + i * 8, 8);

		EXPECT_EQ(get(rsdt + 36 + i * 4, 4), at);
		EXPECT_EQ(at % 16, 0);
		EXPECT_EQ(sum(at, get(at + 4, 4)), 0);
		if (!memcmp(block + (at - GPA), signature, 4))
			return at;
	}
	return 0;
}

TEST(root_pointer)
{
	EXPECT(build(1) > 0);
	EXPECT(!memcmp(block, "RSD PTR ", 8));
	EXPECT_EQ(get(GPA + 15, 1), 2);
	EXPECT_EQ(sum(GPA, 20), 0);
	EXPECT_EQ(sum(GPA, 36), 0);
}

TEST(fadt_is_hardware_reduced)
{
	u64 fadt, dsdt;

	EXPECT(build(2) > 0);
	fadt = find("FACP");
	EXPECT_EQ(get(fadt + 4, 4), 276);
	/* Physical destinations, reset register, no fixed hardware. */
	EXPECT_EQ(get(fadt + 112, 4), 0x180431);
	EXPECT_EQ(get(fadt + 109, 2), 0x24);
	EXPECT_EQ(get(fadt + 116, 1), 1);
	EXPECT_EQ(get(fadt + 120, 8), 0xcf9);
	EXPECT_EQ(get(fadt + 128, 1), 6);
	EXPECT_EQ(get(fadt + 248, 8), 0x600);
	EXPECT_EQ(get(fadt + 260, 8), 0x601);
	EXPECT_EQ(get(fadt + 76, 4), 0);	/* no PM timer */
	dsdt = get(fadt + 140, 8);
	EXPECT_EQ(get(fadt + 40, 4), dsdt);
	EXPECT(!memcmp(block + (dsdt - GPA), "DSDT", 4));
	EXPECT_EQ(sum(dsdt, get(dsdt + 4, 4)), 0);
}

TEST(madt_entries)
{
	u64 at, end;
	u32 lapics = 0, x2apics = 0;

	EXPECT(build(300) > 0);
	at = find("APIC");
	end = at + get(at + 4, 4);
	EXPECT_EQ(get(at + 36, 4), 0xfee00000);
	EXPECT_EQ(get(at + 40, 4), 0);
	for (at += 44; at < end; at += get(at + 1, 1)) {
		switch (get(at, 1)) {
		case 0:
			EXPECT_EQ(get(at + 3, 1), lapics++);
			EXPECT_EQ(get(at + 4, 4), 1);
			break;
		case 9:
			EXPECT_EQ(get(at + 4, 4), 255 + x2apics++);
			break;
		case 1:
			EXPECT_EQ(get(at + 4, 4), 0xfec00000);
			EXPECT_EQ(get(at + 8, 4), 0);
			break;
		case 4:
			EXPECT_EQ(get(at + 2, 1), 0xff);
			EXPECT_EQ(get(at + 5, 1), 1);
			break;
		default:
			EXPECT(!"unknown MADT entry");
		}
	}
	EXPECT_EQ(at, end);
	EXPECT_EQ(lapics, 255);
	EXPECT_EQ(x2apics, 45);
}

TEST(mcfg_and_spcr)
{
	u64 at;

	EXPECT(build(1) > 0);
	at = find("MCFG");
	EXPECT_EQ(get(at + 4, 4), 60);
	EXPECT_EQ(get(at + 44, 8), 0xe0000000);
	EXPECT_EQ(get(at + 54, 2), 0);
	at = find("SPCR");
	EXPECT_EQ(get(at + 4, 4), 80);
	EXPECT_EQ(get(at + 36, 1), 0);
	EXPECT_EQ(get(at + 44, 8), 0x3f8);
	EXPECT_EQ(get(at + 52, 1), 2);
	EXPECT_EQ(get(at + 54, 4), 4);
}

static const u8 *find_bytes(const void *bytes, size_t len_bytes)
{
	size_t i;

	for (i = 0; i + len_bytes <= sizeof(block); i++)
		if (!memcmp(block + i, bytes, len_bytes))
			return block + i;
	return NULL;
}

/* Encodings as a disassembly of the table by iasl confirms them. */
TEST(dsdt_names)
{
	static const u8 s5[] = { 0x08, '\\', '_', 'S', '5', '_', 0x12, 0x89,
				 0x00, 0x00, 0x04, 0x0a, 0x05, 0, 0, 0 };
	static const u8 uart[] = { 0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0,
				   0x05, 0x01 };
	static const u8 irq[] = { 0x89, 6, 0, 3, 1, 4, 0, 0, 0, 0x79, 0 };
	static const u8 ecam[] = { 0x86, 9, 0, 1, 0, 0, 0, 0xe0, 0, 0, 0x10,
				   0 };

	EXPECT(build(2) > 0);
	EXPECT(find_bytes(s5, sizeof(s5)) != NULL);
	EXPECT(find_bytes(uart, sizeof(uart)) != NULL);
	EXPECT(find_bytes(irq, sizeof(irq)) != NULL);
	EXPECT(find_bytes(ecam, sizeof(ecam)) != NULL);
	EXPECT(find_bytes("C001", 4) != NULL);
	EXPECT(find_bytes("C002", 4) == NULL);
}

TEST(every_short_buffer_is_refused)
{
	struct acpi_machine machine = { .vcpus = 2 };
	int len = build(2);
	size_t size;

	for (size = 0; size < (size_t)len; size++) {
		memset(block, 0xaa, sizeof(block));
		EXPECT_EQ(acpi_tables_build(&machine, block, size, GPA),
			  -E2BIG);
		EXPECT_EQ(block[size], 0xaa);
	}
	EXPECT_EQ(acpi_tables_build(&machine, block, size, GPA), len);
}

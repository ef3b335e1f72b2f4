/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI: where an RSDP is looked for, which tables are believed, and what comes
 * out of a whole machine. acpi_tables_test.c has the parsers of each table.
 */
#include "core/acpi.h"

#include <string.h>

#include <hw/phys.h>

#include "core/err.h"
#include "tests/unit/core/acpi_build.h"
#include "tests/unit/test.h"

#define RSDP_HPA	0xf5a00ull
#define XSDT_HPA	0x110000ull
#define RSDT_HPA	0x111000ull
#define TABLE_HPA	0x120000ull	/* one each 64 KiB */
#define EFI_HPA		0x118000ull

static struct boot_info info;

static void make_rsdp(u8 *rsdp, u8 revision, u64 xsdt, u32 rsdt)
{
	u32 len = 36;

	memset(rsdp, 0, 36);
	memcpy(rsdp, "RSD PTR NOEXIT", 14);
	rsdp[8] = 0;
	rsdp[15] = revision;
	memcpy(rsdp + 16, &rsdt, 4);
	if (revision >= 2) {
		memcpy(rsdp + 20, &len, 4);
		memcpy(rsdp + 24, &xsdt, 8);
	}
	rsdp[8] = checksum(rsdp, 20);
	rsdp[32] = revision >= 2 ? checksum(rsdp, 36) : 0;
}

/* XSDT and RSDT with one MADT behind each: 2 CPUs and 1 CPU. */
static void make_machine(void)
{
	struct table t;

	hw_ram_reset();
	hw_ram_add(0, 4 << 20);
	memset(&info, 0, sizeof(info));
	small_madt(&t);
	table_put(&t, TABLE_HPA);
	table_begin(&t, "XSDT");
	put64(&t, TABLE_HPA);
	table_put(&t, XSDT_HPA);

	madt_begin(&t);
	madt_cpu(&t, 7, 1);
	table_put(&t, TABLE_HPA + 0x10000);
	table_begin(&t, "RSDT");
	put32(&t, (u32)TABLE_HPA + 0x10000);
	table_put(&t, RSDT_HPA);
}

static void rsdp_at(u64 hpa, u8 revision)
{
	make_rsdp(phys_to_virt(hpa), revision, XSDT_HPA, RSDT_HPA);
}

/* ---- RSDP ---- */

TEST(rsdp_copied_by_the_loader)
{
	make_machine();
	make_rsdp(info.rsdp, 2, XSDT_HPA, RSDT_HPA);
	info.rsdp_len_bytes = 36;
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);
}

TEST(rsdp_of_revision_0_leads_to_the_rsdt)
{
	make_machine();
	make_rsdp(info.rsdp, 0, 0, RSDT_HPA);
	info.rsdp_len_bytes = 20;
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 1);
	EXPECT_EQ(acpi.cpu_apic_id[0], 7);
}

TEST(rsdp_with_a_bad_extended_checksum_is_of_revision_0)
{
	make_machine();
	make_rsdp(info.rsdp, 2, XSDT_HPA, RSDT_HPA);
	info.rsdp[33]++;
	info.rsdp_len_bytes = 36;
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 1);
}

TEST(rsdp_by_pointer)
{
	make_machine();
	rsdp_at(0x150000, 2);
	info.rsdp_hpa = 0x150000;
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);
}

TEST(rsdp_in_the_bios_rom)
{
	make_machine();
	rsdp_at(RSDP_HPA, 2);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);
}

TEST(rsdp_in_the_ebda)
{
	u16 segment = 0x9fc0;

	make_machine();
	memcpy(phys_to_virt(0x40e), &segment, 2);
	rsdp_at(0x9fc00 + 0x3d0, 2);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);
}

TEST(rsdp_is_on_a_16_byte_boundary)
{
	make_machine();
	rsdp_at(RSDP_HPA + 8, 2);
	EXPECT_EQ(acpi_init(&info), -ENOENT);
}

TEST(rsdp_with_a_bad_checksum_is_passed_over)
{
	u8 *bad;

	make_machine();
	rsdp_at(RSDP_HPA, 2);
	rsdp_at(RSDP_HPA - 0x100, 0);
	bad = phys_to_virt(RSDP_HPA - 0x100);
	bad[9]++;
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);
}

TEST(rsdp_of_a_bad_copy_falls_back_to_the_scan)
{
	make_machine();
	rsdp_at(RSDP_HPA, 2);
	memcpy(info.rsdp, "rubbish", 7);
	info.rsdp_len_bytes = 36;
	info.rsdp_hpa = 0x7fffffff000;
	EXPECT_EQ(acpi_init(&info), 0);
}

TEST(no_rsdp)
{
	make_machine();
	EXPECT_EQ(acpi_init(&info), -ENOENT);
}

static const u8 guid_20[16] = {
	0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
	0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81,
};
static const u8 guid_10[16] = {
	0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
	0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d,
};

static void make_efi(u64 count, u64 config_hpa)
{
	u8 *st = phys_to_virt(EFI_HPA);
	u8 *config = phys_to_virt(EFI_HPA + 0x100);
	u64 old = 0x150000, new = 0x151000;

	memcpy(st, "IBI SYST", 8);
	memcpy(st + 104, &count, 8);
	memcpy(st + 112, &config_hpa, 8);
	memcpy(config + 24, guid_10, 16);
	memcpy(config + 40, &old, 8);
	memcpy(config + 48, guid_20, 16);
	memcpy(config + 64, &new, 8);
	info.efi_system_table_hpa = EFI_HPA;
}

TEST(rsdp_from_the_efi_system_table)
{
	make_machine();
	rsdp_at(0x150000, 0);
	rsdp_at(0x151000, 2);
	make_efi(3, EFI_HPA + 0x100);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);	/* ACPI 2.0's, though it is last */
	make_efi(2, EFI_HPA + 0x100);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 1);
}

TEST(efi_system_tables_that_lie)
{
	make_machine();
	rsdp_at(0x151000, 2);
	make_efi(0, EFI_HPA + 0x100);
	EXPECT_EQ(acpi_init(&info), -ENOENT);
	make_efi(3, 0x7ffffffff000);
	EXPECT_EQ(acpi_init(&info), -ENOENT);
	make_efi(~0ull, EFI_HPA + 0x100);	/* bounded */
	EXPECT_EQ(acpi_init(&info), 0);
	memcpy(phys_to_virt(EFI_HPA), "XXXX", 4);
	EXPECT_EQ(acpi_init(&info), -ENOENT);
}

/* ---- XSDT, RSDT, tables ---- */

TEST(a_bad_xsdt_falls_back_to_the_rsdt)
{
	u8 *xsdt;

	make_machine();
	rsdp_at(RSDP_HPA, 2);
	xsdt = phys_to_virt(XSDT_HPA);
	xsdt[10]++;
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 1);
	((u8 *)phys_to_virt(RSDT_HPA))[10]++;
	EXPECT_EQ(acpi_init(&info), -EINVAL);
}

TEST(tables_that_are_wrong_are_left_out)
{
	struct table t;
	u64 hpa;
	u32 len;

	make_machine();
	rsdp_at(RSDP_HPA, 2);
	table_begin(&t, "MCFG");
	table_put(&t, TABLE_HPA + 0x20000);
	((u8 *)phys_to_virt(TABLE_HPA + 0x20000))[10]++;	/* checksum */
	table_begin(&t, "SPCR");
	table_put(&t, TABLE_HPA + 0x30000);
	memset((u8 *)phys_to_virt(TABLE_HPA + 0x30000) + 4, 0xff, 4);
	table_begin(&t, "DMAR");
	put64(&t, 0);
	table_put(&t, TABLE_HPA + 0x40000);
	table_begin(&t, "XSDT");
	put64(&t, TABLE_HPA);
	put64(&t, 0);
	put64(&t, TABLE_HPA + 0x20000);
	put64(&t, TABLE_HPA + 0x30000);
	put64(&t, 0xfffffffffffff000);
	put64(&t, TABLE_HPA + 0x40000);
	table_put(&t, XSDT_HPA);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi_find("MCFG", &hpa, &len), -ENOENT);
	EXPECT_EQ(acpi_find("SPCR", &hpa, &len), -ENOENT);
	EXPECT_EQ(acpi_find("DMAR", &hpa, &len), 0);
	EXPECT_EQ(hpa, TABLE_HPA + 0x40000);
	EXPECT_EQ(len, 44);
	EXPECT_EQ(acpi.dmar_hpa, hpa);
	EXPECT_EQ(acpi.dmar_len_bytes, len);
}

TEST(without_a_madt_there_is_nothing_to_boot)
{
	struct table t;

	make_machine();
	rsdp_at(RSDP_HPA, 2);
	table_begin(&t, "XSDT");
	table_put(&t, XSDT_HPA);
	EXPECT_EQ(acpi_init(&info), -EINVAL);
}

TEST(more_tables_than_there_is_room_for)
{
	struct table t;

	make_machine();
	rsdp_at(RSDP_HPA, 2);
	table_begin(&t, "XSDT");
	for (u32 i = 0; i < 200; i++)
		put64(&t, TABLE_HPA);
	table_put(&t, XSDT_HPA);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT_EQ(acpi.cpu_count, 2);
}

TEST(everything_together)
{
	struct table t;

	make_machine();
	rsdp_at(RSDP_HPA, 2);
	table_begin(&t, "DSDT");
	memcpy(t.bytes + t.len, "\x08_S5_\x12\x06\x02\x0a\x05\x0a\x05", 12);
	t.len += 12;
	table_put(&t, TABLE_HPA + 0x20000);
	table_begin(&t, "FACP");
	t.len = 244;
	memcpy(t.bytes + 140, &(u64){ TABLE_HPA + 0x20000 }, 8);
	table_put(&t, TABLE_HPA + 0x30000);
	table_begin(&t, "MCFG");
	t.len = 44;
	put64(&t, 0xb0000000), put16(&t, 0), put8(&t, 0), put8(&t, 255);
	put32(&t, 0);
	table_put(&t, TABLE_HPA + 0x40000);
	table_begin(&t, "XSDT");
	for (u32 i = 0; i < 5; i++)
		put64(&t, TABLE_HPA + i * 0x10000);
	table_put(&t, XSDT_HPA);
	EXPECT_EQ(acpi_init(&info), 0);
	EXPECT(acpi.has_s5);
	EXPECT_EQ(acpi.s5_type_a, 5);
	EXPECT_EQ(acpi.ecam_hpa, 0xb0000000);
	EXPECT_EQ(acpi.ecam_bus_last, 255);
	EXPECT(!acpi.has_spcr);
	EXPECT_EQ(acpi.dmar_hpa, 0);
}

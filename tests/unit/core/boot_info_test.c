/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_info: regions that merge and overflow, EFI descriptors, text. */
#include "core/boot_info.h"

#include <stdlib.h>
#include <string.h>

#include "core/efi_memory.h"
#include "tests/unit/test.h"

static struct boot_info info;

static void begin(void)
{
	memset(&info, 0, sizeof(info));
}

TEST(neighbours_of_one_type_merge)
{
	begin();
	boot_info_add_region(&info, 0, 0x1000, REGION_RAM);
	boot_info_add_region(&info, 0x1000, 0x1000, REGION_RAM);
	boot_info_add_region(&info, 0x2000, 0x1000, REGION_ACPI);
	boot_info_add_region(&info, 0x3000, 0x1000, REGION_RAM);
	boot_info_add_region(&info, 0x5000, 0x1000, REGION_RAM);
	boot_info_add_region(&info, 0x6000, 0, REGION_RAM);
	EXPECT_EQ(info.region_count, 4);
	EXPECT_EQ(info.region[0].len_bytes, 0x2000);
}

TEST(a_region_ends_where_addresses_end)
{
	begin();
	boot_info_add_region(&info, 0x1000, ~0ull, REGION_RAM);
	boot_info_add_region(&info, ~0ull << 12, 0x1000, REGION_RAM);
	EXPECT_EQ(info.region_count, 1);
	EXPECT_EQ(info.region[0].len_bytes, (1ull << 52) - 0x1000);
}

TEST(a_full_table_gives_up_ram_only)
{
	begin();
	for (u64 i = 0; i < BOOT_MAX_REGIONS; i++)
		boot_info_add_region(&info, i << 24, 1 << 20, REGION_RAM);
	EXPECT_EQ(info.region_count, BOOT_MAX_REGIONS);
	boot_info_add_region(&info, 1ull << 40, 1 << 20, REGION_RAM);
	boot_info_add_region(&info, (5 << 24) + 0x1000, 0x1000, REGION_NVS);
	EXPECT_EQ(info.region_count, BOOT_MAX_REGIONS);
	EXPECT_EQ(info.region[4].type, REGION_RAM);
	EXPECT_EQ(info.region[5].type, REGION_NVS);
	EXPECT_EQ(info.region[6].type, REGION_RAM);
}

TEST(module_text)
{
	char longest[400];

	begin();
	memset(longest, 'n', sizeof(longest));
	boot_info_add_module(&info, "  name  and  more", 17, 0x1000, 1);
	boot_info_add_module(&info, longest, sizeof(longest), 0x1000, 1);
	boot_info_add_module(&info, "x y", 1, 0x1000, 1);
	boot_info_add_module(&info, "wraps", 5, ~0ull, 2);
	EXPECT_EQ(info.module_count, 3);
	EXPECT_STR(info.module[0].name, "name");
	EXPECT_STR(info.module[0].cmdline, "and  more");
	EXPECT_EQ(strlen(info.module[1].name), BOOT_NAME_BYTES - 1);
	EXPECT_STR(info.module[1].cmdline, "");
	EXPECT_STR(info.module[2].name, "x");
	EXPECT_STR(info.module[2].cmdline, "");
}

TEST(efi_types)
{
	static const u32 expected[] = {
		REGION_RESERVED, REGION_RAM, REGION_RAM, REGION_RAM,
		REGION_RAM, REGION_RESERVED, REGION_RESERVED, REGION_RAM,
		REGION_BAD, REGION_ACPI, REGION_NVS, REGION_RESERVED,
		REGION_RESERVED, REGION_RESERVED, REGION_RESERVED,
	};
	u64 d[5] = { 0, 0x1000, 0, 1, 0 };

	for (u32 type = 0; type < ARRAY_SIZE(expected); type++) {
		begin();
		d[0] = type;
		efi_memory_map(&info, d, sizeof(d), sizeof(d));
		EXPECT_EQ(info.region_count, 1);
		EXPECT_EQ(info.region[0].type, expected[type]);
		EXPECT_EQ(info.region[0].base_hpa, 0x1000);
		EXPECT_EQ(info.region[0].len_bytes, 0x1000);
	}
}

TEST(efi_descriptors_that_lie)
{
	u64 d[6] = { 7, 0x1000, 0, ~0ull, 0, 0 };
	u8 *copy = malloc(sizeof(d) - 1);

	begin();
	efi_memory_map(&info, d, sizeof(d), 48);	/* too many pages */
	efi_memory_map(&info, d, sizeof(d), 39);	/* too small */
	efi_memory_map(&info, d, sizeof(d), 0);
	d[3] = 1;
	memcpy(copy, d, sizeof(d) - 1);
	efi_memory_map(&info, copy, sizeof(d) - 1, 48);	/* cut off */
	EXPECT_EQ(info.region_count, 0);
	free(copy);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* PVH start information in fake physical memory. */
#include "boot/pvh.h"

#include <stdio.h>
#include <string.h>

#include <hw/phys.h>

#include "core/err.h"
#include "tests/unit/test.h"

#define CMDLINE_HPA	0x10000ull
#define MODLIST_HPA	0x11000ull
#define MEMMAP_HPA	0x12000ull
#define MODULE_HPA	0x20000ull

struct start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

static struct start_info info;
static struct boot_info out;

static void put(u64 hpa, const void *bytes, size_t len)
{
	memcpy(phys_to_virt(hpa), bytes, len);
}

static void begin(void)
{
	static const struct { u64 addr, size; u32 type, reserved; } map[] = {
		{ 0, 0x9fc00, 1, 0 }, { 0xf0000, 0x10000, 2, 0 },
		{ 0x100000, 0xff00000, 1, 0 }, { 0xfd000000, 0x1000, 7, 0 },
	};

	hw_ram_reset();
	hw_ram_add(0, 1 << 20);
	info = (struct start_info){
		.magic = PVH_START_MAGIC, .version = 1,
		.cmdline = CMDLINE_HPA, .rsdp = 0xf5a00,
		.memmap = MEMMAP_HPA, .memmap_entries = ARRAY_SIZE(map),
	};
	put(CMDLINE_HPA, "log=debug", 10);
	put(MEMMAP_HPA, map, sizeof(map));
}

static void add_module(u64 hpa, u64 size, u64 cmdline_hpa)
{
	u64 entry[4] = { hpa, size, cmdline_hpa, 0 };

	put(MODLIST_HPA + 32 * info.nr_modules, entry, sizeof(entry));
	info.modlist = MODLIST_HPA;
	info.nr_modules++;
}

TEST(start_info)
{
	begin();
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_STR(out.cmdline, "log=debug");
	EXPECT_STR(out.loader, "PVH");
	EXPECT_EQ(out.rsdp_hpa, 0xf5a00);
	EXPECT_EQ(out.region_count, 4);
	EXPECT_EQ(out.region[2].len_bytes, 0xff00000);
	EXPECT_EQ(out.region[3].type, REGION_RESERVED);
	EXPECT_EQ(out.module_count, 0);
	EXPECT_EQ(out.efi, 0);
}

TEST(not_a_start_info)
{
	begin();
	info.magic++;
	EXPECT_EQ(pvh_parse(&info, &out), -EINVAL);
	begin();
	info.version = 0;	/* has no memory map */
	EXPECT_EQ(pvh_parse(&info, &out), -EINVAL);
	begin();
	info.memmap_entries = 0;
	EXPECT_EQ(pvh_parse(&info, &out), -EINVAL);
	begin();
	info.memmap = 1ull << 32;
	EXPECT_EQ(pvh_parse(&info, &out), -EINVAL);
}

TEST(no_cmdline)
{
	begin();
	info.cmdline = 0;
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_STR(out.cmdline, "");
	info.cmdline = 1ull << 40;
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_STR(out.cmdline, "");
}

TEST(a_plain_module)
{
	begin();
	put(MODULE_HPA, "kernel", 6);
	put(CMDLINE_HPA + 0x100, "vmlinuz quiet", 14);
	add_module(MODULE_HPA, 6, CMDLINE_HPA + 0x100);
	add_module(MODULE_HPA, 6, 0);
	add_module(0, 6, 0);
	add_module(MODULE_HPA, 0, 0);
	add_module(MODULE_HPA, 1ull << 33, 0);
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_EQ(out.module_count, 2);
	EXPECT_STR(out.module[0].name, "vmlinuz");
	EXPECT_STR(out.module[0].cmdline, "quiet");
	EXPECT_EQ(out.module[0].base_hpa, MODULE_HPA);
	EXPECT_EQ(out.module[0].len_bytes, 6);
	EXPECT_STR(out.module[1].name, "module1");
}

/* Write a member at @hpa; returns where the next one goes. */
static u64 member(u64 hpa, const char *name, u32 mode, const char *data)
{
	char header[128];
	u32 name_bytes = (u32)strlen(name) + 1;
	u32 data_bytes = (u32)strlen(data);

	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 1, mode, 0, 0, 1, 0, data_bytes, 0, 0, 0, 0, name_bytes, 0);
	put(hpa, header, 110);
	put(hpa + 110, name, name_bytes);
	hpa = align_up(hpa + 110 + name_bytes, 4);
	put(hpa, data, data_bytes);
	return align_up(hpa + data_bytes, 4);
}

TEST(an_archive_with_a_configuration_is_unpacked)
{
	u64 end = MODULE_HPA;

	begin();
	end = member(end, ".", 040755, "");
	end = member(end, "./noexit.conf", 0100644, "[vm a]\nkernel=k\n");
	end = member(end, "k", 0100644, "image");
	end = member(end, "TRAILER!!!", 0, "");
	add_module(MODULE_HPA, end - MODULE_HPA, 0);
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_EQ(out.module_count, 2);
	EXPECT_STR(out.module[0].name, "noexit.conf");
	EXPECT_EQ(out.module[0].len_bytes, 16);
	EXPECT_STR(out.module[1].name, "k");
	EXPECT_MEM(phys_to_virt(out.module[1].base_hpa), "image", 5);
}

TEST(an_archive_without_one_is_a_module)
{
	u64 end = MODULE_HPA;

	begin();
	end = member(end, "init", 0100755, "#!");
	end = member(end, "TRAILER!!!", 0, "");
	add_module(MODULE_HPA, end - MODULE_HPA, 0);
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_EQ(out.module_count, 1);
	EXPECT_EQ(out.module[0].base_hpa, MODULE_HPA);
}

TEST(a_broken_archive_is_a_module)
{
	u64 end = MODULE_HPA;

	begin();
	end = member(end, "noexit.conf", 0100644, "[vm a]\n");
	end = member(end, "k", 0100644, "image");
	put(end, "rubbish", 7);
	add_module(MODULE_HPA, end + 7 - MODULE_HPA, 0);
	EXPECT_EQ(pvh_parse(&info, &out), 0);
	EXPECT_EQ(out.module_count, 1);
	EXPECT_STR(out.module[0].name, "module0");
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/guest_load.h"

#include "boot/guest/memory_map.h"
#include "tests/unit/boot/guest/fixture.h"

static void put_multiboot_header(size_t at)
{
	put(at, 0x1badb002, 4);
	put(at + 8, 0u - 0x1badb002, 4);
}

static void put_multiboot2_header(size_t at)
{
	put(at, 0xe85250d6, 4);
	put(at + 8, 24, 4);
	put(at + 12, 0u - (0xe85250d6 + 24), 4);
	put(at + 20, 8, 4);
}

TEST(detection_prefers_multiboot2_to_multiboot)
{
	setup(BOOT_AUTO);
	put_elf32(0x400000, 0x400000);
	put_multiboot_header(0x1800);
	put_multiboot2_header(0x1900);
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rax, 0x36d76289);
	image.boot = BOOT_MULTIBOOT;
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rax, 0x2badb002);
}

TEST(unknown_files_are_named_so)
{
	setup(BOOT_AUTO);
	EXPECT_EQ(load(), -EINVAL);
	EXPECT_STR(why, "neither bzImage, multiboot, multiboot2 nor PVH");
}

TEST(bios_data_and_acpi)
{
	setup(BOOT_AUTO);
	put_elf32(0x400000, 0x400000);
	put_multiboot_header(0x1800);
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(peek(0x40e, 2), 0x9fc0);
	EXPECT_EQ(peek(0x400, 2), 0x3f8);
	EXPECT_EQ(peek(0x413, 2), 639);
	EXPECT_EQ(peek(0xe0000, 8), 0x2052545020445352);
}

TEST(limits)
{
	setup(BOOT_AUTO);
	put_elf32(0x400000, 0x400000);
	put_multiboot_header(0x1800);
	image.module_count = CONFIG_MAX_MODULES + 1;
	EXPECT_EQ(load(), -EINVAL);
	image.module_count = 0;
	image.vcpus = 256;
	EXPECT_EQ(load(), -EINVAL);
	image.x2apic = true;
	EXPECT_EQ(load(), 0);
	image.vcpus = 100000;
	EXPECT_EQ(load(), -E2BIG);
	guest.low_bytes = SIZE_1G / 1024;
	EXPECT_EQ(load(), -E2BIG);
}

TEST(memory_that_is_not_there)
{
	setup(BOOT_AUTO);
	put_elf32(0x400000, 0x400000);
	put_multiboot_header(0x1800);
	/* More promised than the slots have. */
	guest.low_bytes = 2 * RAM_BYTES;
	put_elf32(RAM_BYTES - 0x100, 0);
	EXPECT_EQ(load(), -EFAULT);
	guest.slot_count = 0;
	EXPECT_EQ(load(), -EFAULT);
	EXPECT_EQ(guest_add_slot(&guest, 0, DOUBLE_RAM_HPA, 0xe1000, false),
		  0);
	EXPECT_EQ(load(), -EFAULT);
	EXPECT_STR(why, "no contiguous RAM for ACPI tables");
}

TEST(memory_map_without_high_ram)
{
	struct memory_range map[MEMORY_MAP_MAX];

	setup(BOOT_AUTO);
	guest.mem_bytes = guest.low_bytes;
	EXPECT_EQ(memory_map_build(&guest, map), 4);
	EXPECT_EQ(map[3].base, 0xe0000000);
	EXPECT_EQ(map[3].type, MEMORY_RESERVED);
}

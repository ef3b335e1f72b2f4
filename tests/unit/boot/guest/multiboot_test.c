/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/guest_load.h"

#include "tests/unit/boot/guest/fixture.h"

#define AT 0x200		/* of the header in the file */

static u8 module_bytes[100] = "KEY=value";

static void put_header(u32 flags)
{
	put(AT, 0x1badb002, 4);
	put(AT + 4, flags, 4);
	put(AT + 8, 0u - (0x1badb002 + flags), 4);
}

TEST(elf32_registers_and_info)
{
	u64 mbi;

	setup(BOOT_AUTO);
	put_elf32(0x400000, 0x400000);
	put_header(0);
	image.module[0] = (struct guest_file){ module_bytes, 9, "env x" };
	image.module_count = 1;
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.mode, ENTRY_PROTECTED_32);
	EXPECT_EQ(entry.rip, 0x400010);
	EXPECT_EQ(entry.rax, 0x2badb002);
	EXPECT_EQ(peek(0x4000ff, 2), 0x00cc);
	mbi = entry.rbx;
	EXPECT_EQ(peek(mbi, 4), 0x24d);
	EXPECT_EQ(peek(mbi + 4, 4), 639);
	EXPECT_EQ(peek(mbi + 8, 4), 31 * 1024);
	EXPECT_STR(peek_string(peek(mbi + 16, 4)), "kernel.elf a=1 b");
	EXPECT_EQ(peek(mbi + 20, 4), 1);
	EXPECT_EQ(peek(peek(mbi + 24, 4), 4), RAM_BYTES - 0x1000);
	EXPECT_EQ(peek(peek(mbi + 24, 4) + 4, 4), RAM_BYTES - 0x1000 + 9);
	EXPECT_STR(peek_string(peek(peek(mbi + 24, 4) + 8, 4)), "env x");
	EXPECT_STR(peek_string(RAM_BYTES - 0x1000), "KEY=value");
	EXPECT_EQ(peek(mbi + 44, 4), 5 * 24);
	EXPECT_EQ(peek(peek(mbi + 48, 4), 4), 20);
	EXPECT_EQ(peek(peek(mbi + 48, 4) + 20, 4), 1);
	EXPECT_STR(peek_string(peek(mbi + 64, 4)), "Noexit");
}

TEST(command_line_without_name_or_arguments)
{
	setup(BOOT_MULTIBOOT);
	put_elf32(0x400000, 0x400000);
	put_header(3);
	image.kernel.cmdline = NULL;
	EXPECT_EQ(load(), 0);
	EXPECT_STR(peek_string(peek(entry.rbx + 16, 4)), "a=1 b");
	image.kernel.cmdline = "name";
	image.cmdline = "";
	EXPECT_EQ(load(), 0);
	EXPECT_STR(peek_string(peek(entry.rbx + 16, 4)), "name");
}

TEST(elf64_and_virtual_entry)
{
	setup(BOOT_AUTO);
	put_elf64(0x200000, 0xffffffff80200000);
	put_header(0);
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rip, 0x200010);
}

TEST(address_fields)
{
	setup(BOOT_AUTO);
	put_header(0x10000);
	put(AT + 12, 0x300100, 4);	/* header_addr: file 0x100 -> load */
	put(AT + 16, 0x300000, 4);
	put(AT + 20, 0x300400, 4);
	put(AT + 24, 0x300800, 4);
	put(AT + 28, 0x300040, 4);
	put(0x100, 0x99, 1);
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rip, 0x300040);
	EXPECT_EQ(peek(0x300000, 1), 0x99);
	EXPECT_EQ(peek(0x300100, 4), 0x1badb002);
	/* No ends: the whole file, no bss. */
	put(AT + 20, 0, 8);
	EXPECT_EQ(load(), 0);
}

static void refuse_fields(u32 header, u32 load_addr, u32 load_end, u32 bss_end)
{
	setup(BOOT_AUTO);
	put_header(0x10000);
	put(AT + 12, header, 4);
	put(AT + 16, load_addr, 4);
	put(AT + 20, load_end, 4);
	put(AT + 24, bss_end, 4);
	EXPECT_EQ(load(), -EINVAL);
}

TEST(bad_address_fields)
{
	refuse_fields(0x300000, 0x300001, 0, 0);
	refuse_fields(0x300000, 0x2ff000, 0, 0);	/* before the file */
	refuse_fields(0x300000, 0x300000, 0x2fffff, 0);
	refuse_fields(0x300000, 0x300000, 0x400000, 0);	/* beyond it */
	refuse_fields(0x300000, 0x300000, 0x300100, 0x3000ff);
}

TEST(header_requirements)
{
	setup(BOOT_AUTO);
	put_elf32(0x400000, 0x400000);
	put_header(7);
	EXPECT_EQ(load(), 0);
	put_header(8);
	EXPECT_EQ(load(), -ENOSYS);
	put(AT + 8, 0, 4);			/* checksum */
	EXPECT_EQ(load(), -EINVAL);
	image.boot = BOOT_MULTIBOOT;
	EXPECT_EQ(load(), -EINVAL);
	/* A header behind 8 KiB is none. */
	setup(BOOT_MULTIBOOT);
	put_elf32(0x400000, 0x400000);
	put(8192, 0x1badb002, 4);
	put(8192 + 8, 0u - 0x1badb002, 4);
	EXPECT_EQ(load(), -EINVAL);
	/* Nor is one without an ELF file around it of any use. */
	setup(BOOT_AUTO);
	put_header(0);
	EXPECT_EQ(load(), -EINVAL);
}

TEST(segments_must_fit_and_spare_boot_data)
{
	setup(BOOT_AUTO);
	put_header(0);
	put_elf32((u32)RAM_BYTES - 0x2ff, 0);
	EXPECT_EQ(load(), -E2BIG);
	put_elf32(0xffffff00, 0);
	EXPECT_EQ(load(), -E2BIG);
	put_elf32(0x8fe00, 0);
	EXPECT_EQ(load(), -EINVAL);
	put_elf32(0xe0000, 0);
	EXPECT_EQ(load(), -EINVAL);
	put_elf32(0x8000, 0x8000);		/* real-mode tests link here */
	EXPECT_EQ(load(), 0);
	put(0x410, KERNEL_BYTES, 4);
	EXPECT_EQ(load(), -EINVAL);
	put_elf32(0x400000, 0);
	put(0x414, 0, 4);
	put(0x410, 0, 4);			/* nothing to load */
	EXPECT_EQ(load(), -EINVAL);
}

TEST(modules_find_room_below_a_high_image)
{
	setup(BOOT_AUTO);
	put_header(0);
	put_elf32((u32)RAM_BYTES - 0x1000, 0);
	image.module[0] = (struct guest_file){ module_bytes, 9, NULL };
	image.module_count = 1;
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(peek(peek(entry.rbx + 24, 4), 4), RAM_BYTES - 0x2000);
}

TEST(oversized_boot_data)
{
	static char text[70000];

	setup(BOOT_AUTO);
	put_header(0);
	put_elf32(0x400000, 0x400000);
	memset(text, 'x', sizeof(text) - 1);
	image.module[0] = (struct guest_file){ module_bytes, 9, text };
	image.module_count = 1;
	EXPECT_EQ(load(), -E2BIG);
}

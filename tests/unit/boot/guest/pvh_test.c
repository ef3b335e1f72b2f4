/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/guest_load.h"

#include "tests/unit/boot/guest/fixture.h"

static u8 module_bytes[100] = "module", initrd[200] = "initrd";

static void put_note(void)
{
	put(56, 2, 2);				/* phnum */
	put(0x438, 4, 4);			/* PT_NOTE */
	put(0x440, 0x2000, 8);
	put(0x458, 20, 8);
	put(0x2000, 4, 4);
	put(0x2004, 4, 4);
	put(0x2008, 18, 4);
	put(0x200c, 0x006e6558, 4);		/* "Xen" */
	put(0x2010, 0x1000850, 4);
}

TEST(start_info)
{
	u64 info, list;

	setup(BOOT_AUTO);
	put_elf64(0x1000000, 0xffffffff81000000);
	put_note();
	image.initrd = (struct guest_file){ initrd, 6, NULL };
	image.module[0] = (struct guest_file){ module_bytes, 6, "m" };
	image.module_count = 1;
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.mode, ENTRY_PROTECTED_32);
	EXPECT_EQ(entry.rip, 0x1000850);
	info = entry.rbx;
	EXPECT_EQ(peek(info, 4), 0x336ec578);
	EXPECT_EQ(peek(info + 4, 4), 1);
	EXPECT_EQ(peek(info + 12, 4), 2);
	list = peek(info + 16, 8);
	EXPECT_STR(peek_string(peek(list, 8)), "initrd");
	EXPECT_EQ(peek(list + 8, 8), 6);
	EXPECT_EQ(peek(list + 16, 8), 0);
	EXPECT_STR(peek_string(peek(list + 32, 8)), "module");
	EXPECT_STR(peek_string(peek(list + 48, 8)), "m");
	EXPECT_STR(peek_string(peek(info + 24, 8)), "a=1 b");
	EXPECT_EQ(peek(info + 32, 8), 0xe0000);
	EXPECT_EQ(peek(info + 48, 4), 5);
	EXPECT_EQ(peek(peek(info + 40, 8) + 8, 8), 0x9fc00);
	EXPECT_EQ(peek(peek(info + 40, 8) + 24 + 16, 4), 2);
}

TEST(refusals)
{
	setup(BOOT_PVH);
	EXPECT_EQ(load(), -EINVAL);		/* not ELF */
	put_elf64(0x1000000, 0x1000000);
	EXPECT_EQ(load(), -EINVAL);		/* no note */
	put_note();
	EXPECT_EQ(load(), 0);
	image.initrd = (struct guest_file){ initrd, RAM_BYTES, NULL };
	EXPECT_EQ(load(), -E2BIG);
	image.initrd.len_bytes = 0;
	image.module[0] = (struct guest_file){ initrd, RAM_BYTES, NULL };
	image.module_count = 1;
	EXPECT_EQ(load(), -E2BIG);
}

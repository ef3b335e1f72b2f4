/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/guest_load.h"

#include "tests/unit/boot/guest/fixture.h"

#define AT 0x1800		/* of the header: not in the ELF segment */

static u8 module_bytes[100] = "module";
static size_t header_end;

static void put_sum(u32 arch)
{
	u32 len = (u32)(header_end - AT);

	put(AT, 0xe85250d6, 4);
	put(AT + 4, arch, 4);
	put(AT + 8, len, 4);
	put(AT + 12, 0u - (0xe85250d6 + arch + len), 4);
}

static void begin(void)
{
	header_end = AT + 16;
}

static void tag(u16 type, u16 flags, const u32 *body, u32 words)
{
	put(header_end, type, 2);
	put(header_end + 2, flags, 2);
	put(header_end + 4, 8 + words * 4, 4);
	if (words)
		memcpy(kernel + header_end + 8, body, words * 4);
	header_end += align_up(8 + words * 4, 8);
}

static void end(void)
{
	tag(0, 0, (u32[]){ 0 }, 0);
	put_sum(0);
}

/* The information tag of @type as an address, 0 if there is none. */
static u64 find(u32 type)
{
	u64 at = entry.rbx + 8, stop = entry.rbx + peek(entry.rbx, 4);

	while (at < stop) {
		if (peek(at, 4) == type)
			return at;
		at += align_up(peek(at + 4, 4), 8);
	}
	EXPECT_EQ(at, stop);
	return 0;
}

TEST(elf_kernel_and_its_tags)
{
	u64 at;

	setup(BOOT_AUTO);
	put_elf64(0x300000, 0xffff800000300000);
	begin();
	tag(1, 0, (u32[]){ 1, 3, 6, 15 }, 4);
	tag(7, 0, NULL, 0);
	tag(10, 1, (u32[]){ 0, ~0u, 0x200000, 0 }, 4);
	end();
	image.module[0] = (struct guest_file){ module_bytes, 6, "m args" };
	image.module_count = 1;
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.mode, ENTRY_PROTECTED_32);
	EXPECT_EQ(entry.rax, 0x36d76289);
	EXPECT_EQ(entry.rip, 0x300010);
	EXPECT_EQ(entry.rbx % 8, 0);
	EXPECT_STR(peek_string(find(1) + 8), "a=1 b");
	EXPECT_STR(peek_string(find(2) + 8), "Noexit");
	EXPECT_EQ(peek(find(4) + 12, 4), 31 * 1024);
	at = find(6);
	EXPECT_EQ(peek(at + 4, 4), 16 + 5 * 24);
	EXPECT_EQ(peek(at + 8, 4), 24);
	EXPECT_EQ(peek(at + 16 + 48, 8), 0x100000);
	at = find(3);
	EXPECT_EQ(peek(at + 12, 4) - peek(at + 8, 4), 6);
	EXPECT_STR(peek_string(peek(at + 8, 4)), "module");
	EXPECT_STR(peek_string(at + 16), "m args");
	EXPECT_EQ(peek(find(14) + 4, 4), 28);
	EXPECT_EQ(peek(find(15) + 8, 8), 0x2052545020445352);
	EXPECT_EQ(peek(find(21) + 8, 4), 0x300000);
	EXPECT_EQ(find(0) + 8, entry.rbx + peek(entry.rbx, 4));
}

TEST(entry_tag_wins)
{
	setup(BOOT_AUTO);
	put_elf32(0x300000, 0x300000);
	begin();
	tag(3, 0, (u32[]){ 0x300080 }, 1);
	end();
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rip, 0x300080);
}

TEST(address_tag)
{
	setup(BOOT_AUTO);
	begin();
	tag(2, 0, (u32[]){ 0x301800, ~0u, 0, 0 }, 4);
	tag(3, 0, (u32[]){ 0x300040 }, 1);
	end();
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rip, 0x300040);
	EXPECT_EQ(peek(0x301800, 4), 0xe85250d6);
	begin();
	tag(2, 0, (u32[]){ 0x301800, ~0u, 0, 0 }, 4);
	end();
	EXPECT_EQ(load(), -EINVAL);		/* no entry */
}

static int load_tag(u16 type, u16 flags, const u32 *body, u32 words)
{
	setup(BOOT_MULTIBOOT2);
	put_elf32(0x300000, 0x300000);
	begin();
	tag(type, flags, body, words);
	end();
	return load();
}

TEST(requirements_it_cannot_meet)
{
	EXPECT_EQ(load_tag(1, 0, (u32[]){ 8 }, 1), -ENOSYS);
	EXPECT_EQ(load_tag(1, 1, (u32[]){ 8 }, 1), 0);
	EXPECT_EQ(load_tag(5, 0, (u32[]){ 0, 0, 0 }, 3), -ENOSYS);
	EXPECT_EQ(load_tag(5, 1, (u32[]){ 0, 0, 0 }, 3), 0);
	EXPECT_EQ(load_tag(99, 0, NULL, 0), -ENOSYS);
	EXPECT_EQ(load_tag(3, 0, NULL, 0), -ENOSYS);	/* cut */
	EXPECT_EQ(load_tag(2, 0, (u32[]){ 0 }, 1), -ENOSYS);
}

TEST(malformed_headers)
{
	setup(BOOT_MULTIBOOT2);
	put_elf32(0x300000, 0x300000);
	EXPECT_EQ(load(), -EINVAL);			/* none */
	begin();
	put_sum(0);
	EXPECT_EQ(load(), -EINVAL);			/* no end tag */
	put(AT + 16, 1, 4);
	put(AT + 20, 0, 4);				/* tag of length 0 */
	header_end = AT + 24;
	put_sum(0);
	EXPECT_EQ(load(), -EINVAL);
	put(AT + 20, 100, 4);				/* beyond the header */
	EXPECT_EQ(load(), -EINVAL);
	begin();
	end();
	put_sum(4);					/* MIPS */
	EXPECT_EQ(load(), -ENOSYS);
	put_sum(0);
	put(0, 0, 4);					/* not ELF */
	EXPECT_EQ(load(), -EINVAL);
	put(AT + 8, KERNEL_BYTES, 4);
	EXPECT_EQ(load(), -EINVAL);
}

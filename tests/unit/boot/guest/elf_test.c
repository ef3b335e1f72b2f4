/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/elf.h"

#include "tests/unit/boot/guest/fixture.h"

static struct elf elf;
static struct elf_segment seg;

static int open_kernel(void)
{
	return elf_open(&elf, &image.kernel);
}

TEST(opens_both_classes)
{
	setup(BOOT_PVH);
	put_elf32(0x100000, 0xc0100000);
	EXPECT_EQ(open_kernel(), 0);
	EXPECT(!elf.is_64);
	EXPECT_EQ(elf_segment(&elf, 0, &seg), 0);
	EXPECT_EQ(seg.memsz, 0x300);
	EXPECT_EQ(elf_entry_gpa(&elf), 0x100010);
	setup(BOOT_PVH);
	put_elf64(0x200000, 0xffffffff80200000);
	EXPECT_EQ(open_kernel(), 0);
	EXPECT(elf.is_64);
	EXPECT_EQ(elf_entry_gpa(&elf), 0x200010);
	/* An entry in no segment stays as it is. */
	put(24, 0x123456, 8);
	EXPECT_EQ(open_kernel(), 0);
	EXPECT_EQ(elf_entry_gpa(&elf), 0x123456);
}

TEST(refuses_what_is_no_x86_executable)
{
	static const struct {
		size_t offset, len;
		u64 value;
	} bad[] = {
		{ 0, 1, 0 }, { 4, 1, 3 }, { 5, 1, 2 }, { 16, 2, 1 },
		{ 18, 2, 183 }, { 54, 2, 55 }, { 56, 2, 0 }, { 56, 2, 129 },
		{ 32, 8, KERNEL_BYTES - 55 }, { 32, 8, ~0ull },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		setup(BOOT_PVH);
		put_elf64(0x100000, 0x100000);
		EXPECT_EQ(open_kernel(), 0);
		put(bad[i].offset, bad[i].value, bad[i].len);
		EXPECT_EQ(open_kernel(), -EINVAL);
	}
	put_elf32(0x100000, 0x100000);
	put(42, 31, 2);
	EXPECT_EQ(open_kernel(), -EINVAL);
	for (i = 0; i < 64; i++) {
		image.kernel.len_bytes = i;
		EXPECT_EQ(open_kernel(), -EINVAL);
	}
}

TEST(segments_lie_in_the_file)
{
	setup(BOOT_PVH);
	put_elf64(0x100000, 0x100000);
	EXPECT_EQ(open_kernel(), 0);
	put(0x408, KERNEL_BYTES - 0xff, 8);
	EXPECT_EQ(elf_segment(&elf, 0, &seg), -EINVAL);
	put(0x408, ~0ull, 8);
	EXPECT_EQ(elf_segment(&elf, 0, &seg), -EINVAL);
	put(0x408, 0x1000, 8);
	put(0x420, 0x301, 8);			/* filesz > memsz */
	EXPECT_EQ(elf_segment(&elf, 0, &seg), -EINVAL);
	put(0x400, 7, 4);			/* of no interest */
	EXPECT_EQ(elf_segment(&elf, 0, &seg), 0);
}

static void put_note(size_t offset, const char *name, u32 type, u32 descsz)
{
	put(offset, strlen(name) + 1, 4);
	put(offset + 4, descsz, 4);
	put(offset + 8, type, 4);
	memcpy(kernel + offset + 12, name, strlen(name) + 1);
	put(offset + 12 + align_up(strlen(name) + 1, 4), 0x11223344, 4);
}

TEST(finds_a_note_behind_others)
{
	u64 value;

	setup(BOOT_PVH);
	put_elf64(0x100000, 0x100000);
	put(0x400, 4, 4);			/* PT_NOTE */
	put(0x420, 0x60, 8);
	EXPECT_EQ(open_kernel(), 0);
	memset(kernel + 0x1000, 0, 0x100);
	put_note(0x1000, "GNU", 3, 20);
	put_note(0x1024, "Xen", 18, 4);
	EXPECT(elf_note(&elf, "Xen", 18, &value));
	EXPECT_EQ(value, 0x11223344);
	EXPECT(!elf_note(&elf, "Xen", 17, &value));
	put_note(0x1024, "Xen", 18, 8);
	EXPECT(elf_note(&elf, "Xen", 18, &value));
	put_note(0x1024, "Xen", 18, 2);
	EXPECT(!elf_note(&elf, "Xen", 18, &value));
}

TEST(cut_notes_end_the_search)
{
	u64 value;

	setup(BOOT_PVH);
	put_elf64(0x100000, 0x100000);
	put(0x400, 4, 4);
	put(0x420, 0x14, 8);
	EXPECT_EQ(open_kernel(), 0);
	memset(kernel + 0x1000, 0, 0x100);
	put_note(0x1000, "Xen", 18, 8);		/* 4 bytes too long */
	EXPECT(!elf_note(&elf, "Xen", 18, &value));
	put(0x1000, 0xffffffff, 4);
	EXPECT(!elf_note(&elf, "Xen", 18, &value));
	put(0x1000, 4, 4);
	put(0x1004, 0xffffffff, 4);
	EXPECT(!elf_note(&elf, "Xen", 18, &value));
}

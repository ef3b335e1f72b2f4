/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 information, built tag by tag: what each tag becomes, and that
 * sizes which lie are noticed. Copies of exact length let the address
 * sanitizer see any read outside.
 */
#include "boot/multiboot2.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/unit/test.h"

static u8 buf[4096];
static u32 len;
static struct boot_info out;

static void begin(void)
{
	memset(buf, 0, sizeof(buf));
	len = 8;
}

/* Add a tag with @size bytes of payload at @payload; pads to 8. */
static void tag(u32 type, const void *payload, u32 size)
{
	u32 head[2] = { type, size + 8 };

	memcpy(buf + len, head, sizeof(head));
	memcpy(buf + len + 8, payload, size);
	len += (u32)align_up(size + 8, 8);
}

static void text_tag(u32 type, const char *text)
{
	tag(type, text, (u32)strlen(text) + 1);
}

static void module_tag(u32 start, u32 end, const char *text)
{
	u8 payload[512];
	u32 range[2] = { start, end };

	memcpy(payload, range, 8);
	strcpy((char *)payload + 8, text);
	tag(3, payload, 8 + (u32)strlen(text) + 1);
}

struct mmap_entry {
	u64 base, length;
	u32 type, reserved;
};

static void mmap_tag(const struct mmap_entry *entries, u32 count,
		     u32 entry_size)
{
	u8 payload[1024] = { 0 };
	u32 head[2] = { entry_size, 0 };

	memcpy(payload, head, 8);
	for (u32 i = 0; i < count; i++)
		memcpy(payload + 8 + i * entry_size, &entries[i],
		       sizeof(entries[i]));
	tag(6, payload, 8 + count * entry_size);
}

static const struct mmap_entry two_regions[] = {
	{ 0, 0x9fc00, 1, 0 }, { 0x100000, 0x7ff00000, 1, 0 },
};

static int finish(void)
{
	u8 *copy;
	int err;

	tag(0, "", 0);
	memcpy(buf, &len, 4);
	copy = malloc(len);
	memcpy(copy, buf, len);
	err = mb2_parse(copy, &out);
	free(copy);
	return err;
}

static int finish_with_map(void)
{
	mmap_tag(two_regions, 2, 24);
	return finish();
}

TEST(strings_are_copied)
{
	begin();
	text_tag(1, "log=debug end=poweroff");
	text_tag(2, "GRUB 2.06");
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_STR(out.cmdline, "log=debug end=poweroff");
	EXPECT_STR(out.loader, "GRUB 2.06");
	EXPECT_EQ(out.efi, 0);
	EXPECT_EQ(out.module_count, 0);
}

TEST(a_string_without_nul_ends_with_its_tag)
{
	begin();
	tag(1, "abcdef", 6);
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_STR(out.cmdline, "abcdef");
}

TEST(a_long_string_is_cut)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	begin();
	tag(1, text, sizeof(text));
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(strlen(out.cmdline), BOOT_CMDLINE_BYTES - 1);
}

TEST(modules_are_named_by_their_first_word)
{
	begin();
	module_tag(0x1000, 0x3000, "vmlinuz  console=ttyS0 quiet");
	module_tag(0x4000, 0x4000, "empty");
	module_tag(0x5000, 0x5001, "");
	module_tag(0x8000, 0x7000, "backwards");
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.module_count, 3);
	EXPECT_STR(out.module[0].name, "vmlinuz");
	EXPECT_STR(out.module[0].cmdline, "console=ttyS0 quiet");
	EXPECT_EQ(out.module[0].base_hpa, 0x1000);
	EXPECT_EQ(out.module[0].len_bytes, 0x2000);
	EXPECT_EQ(out.module[1].len_bytes, 0);
	EXPECT_STR(out.module[2].name, "module2");
	EXPECT(boot_module_find(&out, "vmlinuz") == &out.module[0]);
	EXPECT(!boot_module_find(&out, "backwards"));
}

TEST(too_many_modules_are_dropped)
{
	begin();
	for (u32 i = 0; i < BOOT_MAX_MODULES + 3; i++)
		module_tag(i << 12, (i + 1) << 12, "m");
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.module_count, BOOT_MAX_MODULES);
}

TEST(memory_map)
{
	static const struct mmap_entry entries[] = {
		{ 0, 0x9f000, 1, 0 }, { 0x9f000, 0x1000, 2, 0 },
		{ 0x100000, 0x100000, 1, 0 }, { 0x200000, 0x100000, 1, 0 },
		{ 0x300000, 0x1000, 3, 0 }, { 0x301000, 0x1000, 4, 0 },
		{ 0x302000, 0x1000, 5, 0 }, { 0x303000, 0x1000, 99, 0 },
		{ 0x304000, 0, 1, 0 },
	};

	begin();
	mmap_tag(entries, ARRAY_SIZE(entries), 24);
	EXPECT_EQ(finish(), 0);
	EXPECT_EQ(out.region_count, 7);
	EXPECT_EQ(out.region[2].base_hpa, 0x100000);	/* merged */
	EXPECT_EQ(out.region[2].len_bytes, 0x200000);
	EXPECT_EQ(out.region[3].type, REGION_ACPI);
	EXPECT_EQ(out.region[4].type, REGION_NVS);
	EXPECT_EQ(out.region[5].type, REGION_BAD);
	EXPECT_EQ(out.region[6].type, REGION_RESERVED);
}

TEST(larger_map_entries_are_stepped_over)
{
	begin();
	mmap_tag(two_regions, 2, 40);
	EXPECT_EQ(finish(), 0);
	EXPECT_EQ(out.region_count, 2);
	EXPECT_EQ(out.region[1].base_hpa, 0x100000);
}

TEST(map_entries_that_are_too_small_are_no_map)
{
	begin();
	mmap_tag(two_regions, 2, 16);
	EXPECT_EQ(finish(), -EINVAL);
	begin();
	mmap_tag(two_regions, 2, 0);
	EXPECT_EQ(finish(), -EINVAL);
}

static void efi_mmap_tag(void)
{
	struct { u32 size, version; u64 d[2][6]; } payload = {
		.size = 48, .version = 1,
		.d = { { 7, 0x100000, 0, 16 }, { 6, 0x200000, 0, 1 } },
	};

	tag(17, &payload, sizeof(payload));
}

TEST(efi_map_only_without_the_other)
{
	begin();
	efi_mmap_tag();
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.region[1].len_bytes, 0x7ff00000);
	begin();
	efi_mmap_tag();
	EXPECT_EQ(finish(), 0);
	EXPECT_EQ(out.region_count, 2);
	EXPECT_EQ(out.region[0].len_bytes, 0x10000);
	EXPECT_EQ(out.region[1].type, REGION_RESERVED);
}

TEST(meminfo_is_the_last_resort)
{
	u32 info[2] = { 640, 130048 };

	begin();
	tag(4, info, sizeof(info));
	EXPECT_EQ(finish(), 0);
	EXPECT_EQ(out.region_count, 2);
	EXPECT_EQ(out.region[0].len_bytes, 640 << 10);
	EXPECT_EQ(out.region[1].base_hpa, 1 << 20);
	EXPECT_EQ(out.region[1].len_bytes, 130048 << 10);
}

TEST(no_map_is_refused)
{
	begin();
	text_tag(1, "x");
	EXPECT_EQ(finish(), -EINVAL);
}

struct fb_payload {
	u64 addr;
	u32 pitch, width, height;
	u8 bpp, type, reserved[2];
	u8 color[6];
} __packed;

TEST(framebuffer_rgb)
{
	struct fb_payload fb = {
		0xc0000000, 4096, 1024, 768, 32, 1, { 0 },
		{ 16, 8, 8, 8, 0, 8 },
	};

	begin();
	tag(8, &fb, sizeof(fb));
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.fb.base_hpa, 0xc0000000);
	EXPECT_EQ(out.fb.pitch_bytes, 4096);
	EXPECT_EQ(out.fb.width, 1024);
	EXPECT_EQ(out.fb.height, 768);
	EXPECT_EQ(out.fb.bpp, 32);
	EXPECT(!out.fb.text);
	EXPECT_EQ(out.fb.red_shift, 16);
	EXPECT_EQ(out.fb.green_shift, 8);
	EXPECT_EQ(out.fb.blue_shift, 0);
}

TEST(framebuffer_text_and_palette)
{
	struct fb_payload fb = { 0xb8000, 160, 80, 25, 16, 2, { 0 }, { 0 } };

	begin();
	tag(8, &fb, sizeof(fb) - 6);	/* text mode has no colours */
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.fb.base_hpa, 0xb8000);
	EXPECT(out.fb.text);
	fb.type = 0;
	begin();
	tag(8, &fb, sizeof(fb));
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.fb.base_hpa, 0);
}

TEST(new_rsdp_beats_the_old_in_either_order)
{
	u8 old[20] = "RSD PTR old", new[36] = "RSD PTR new";

	for (u32 i = 0; i < 2; i++) {
		begin();
		tag(i ? 15 : 14, i ? new : old, i ? 36 : 20);
		tag(i ? 14 : 15, i ? old : new, i ? 20 : 36);
		EXPECT_EQ(finish_with_map(), 0);
		EXPECT_EQ(out.rsdp_len_bytes, 36);
		EXPECT_MEM(out.rsdp, new, 36);
	}
	begin();
	tag(14, old, 20);
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.rsdp_len_bytes, 20);
	EXPECT_MEM(out.rsdp, old, 20);
}

TEST(a_long_rsdp_is_cut)
{
	u8 big[64] = "RSD PTR ";

	begin();
	tag(15, big, sizeof(big));
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.rsdp_len_bytes, sizeof(out.rsdp));
}

TEST(efi_tags)
{
	u64 table = 0x7f000018;

	begin();
	tag(12, &table, 8);
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.efi, 1);
	EXPECT_EQ(out.efi_system_table_hpa, table);
	begin();
	tag(11, &table, 4);
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.efi, 1);
	EXPECT_EQ(out.efi_system_table_hpa, 0);
}

TEST(load_base)
{
	u32 base = 0x4200000;

	begin();
	tag(21, &base, 4);
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_EQ(out.image_hpa, base);
}

TEST(unknown_tags_are_skipped)
{
	begin();
	tag(99, "whatever", 8);
	tag(9, "elf sections", 12);
	text_tag(1, "x");
	EXPECT_EQ(finish_with_map(), 0);
	EXPECT_STR(out.cmdline, "x");
}

TEST(short_tags_do_no_harm)
{
	for (u32 type = 1; type < 24; type++) {
		begin();
		tag(type, "", 0);
		EXPECT_EQ(finish_with_map(), 0);
	}
}

TEST(tags_after_the_end_do_not_count)
{
	begin();
	mmap_tag(two_regions, 2, 24);
	tag(0, "", 0);
	text_tag(1, "late");
	EXPECT_EQ(finish(), 0);
	EXPECT_STR(out.cmdline, "");
}

TEST(an_end_tag_is_not_needed)
{
	u8 *copy;

	begin();
	mmap_tag(two_regions, 2, 24);
	memcpy(buf, &len, 4);
	copy = malloc(len);
	memcpy(copy, buf, len);
	EXPECT_EQ(mb2_parse(copy, &out), 0);
	free(copy);
}

/* Set total_size to @total and parse exactly as many bytes. */
static int parse_total(u32 total)
{
	u8 *copy = malloc(total < 8 ? 8 : total);
	int err;

	memcpy(buf, &total, 4);
	memcpy(copy, buf, total < 8 ? 8 : total);
	err = mb2_parse(copy, &out);
	free(copy);
	return err;
}

TEST(total_size_is_honoured)
{
	u32 whole;

	begin();
	text_tag(1, "x");
	mmap_tag(two_regions, 2, 24);
	tag(0, "", 0);
	whole = len;
	EXPECT_EQ(parse_total(whole), 0);
	for (u32 total = 0; total < whole - 8; total++)
		EXPECT_EQ(parse_total(total), -EINVAL);
}

TEST(total_size_has_a_limit)
{
	u32 total = MB2_MAX_BYTES + 1;

	begin();
	memcpy(buf, &total, 4);
	EXPECT_EQ(mb2_parse(buf, &out), -EINVAL);
}

TEST(tag_sizes_that_lie_are_refused)
{
	static const u32 sizes[] = { 0, 7, 0xffffffff, 0x80000000, 1000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		begin();
		mmap_tag(two_regions, 2, 24);
		text_tag(1, "x");
		memcpy(buf + len - 16 + 4, &sizes[i], 4);
		EXPECT_EQ(finish(), -EINVAL);
	}
}

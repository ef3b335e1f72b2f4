/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 tags (Multiboot2 Specification 2.0, 3.6). Tags are read through
 * copies: they are aligned to 8 bytes by the specification only, and their
 * sizes are whatever the loader wrote.
 */
#include "boot/multiboot2.h"

#include "core/efi_memory.h"
#include "core/err.h"
#include "core/string.h"

enum mb2_tag_type {
	MB2_TAG_END = 0,
	MB2_TAG_CMDLINE = 1,
	MB2_TAG_LOADER = 2,
	MB2_TAG_MODULE = 3,
	MB2_TAG_MEMINFO = 4,
	MB2_TAG_MMAP = 6,
	MB2_TAG_FRAMEBUFFER = 8,
	MB2_TAG_EFI32 = 11,
	MB2_TAG_EFI64 = 12,
	MB2_TAG_ACPI_OLD = 14,
	MB2_TAG_ACPI_NEW = 15,
	MB2_TAG_EFI_MMAP = 17,
	MB2_TAG_LOAD_BASE = 21,
};

#define MB2_FB_RGB	1
#define MB2_FB_TEXT	2

/* A tag of the information: `size` counts its own 8-byte header. */
struct mb2_tag {
	const u8 *bytes;
	u32 size;
	u32 type;
};

struct mb2_head {		/* before the tags, and before each tag */
	u32 first;		/* total_size, or type */
	u32 second;		/* reserved, or size */
};

struct mb2_module {
	u32 type, size;
	u32 mod_start, mod_end;
};

struct mb2_meminfo {
	u32 type, size;
	u32 mem_lower_kb, mem_upper_kb;
};

struct mb2_mmap {
	u32 type, size;
	u32 entry_size, entry_version;
};

struct mb2_mmap_entry {
	u64 base_addr, length;
	u32 type, reserved;
};

struct mb2_efi_mmap {
	u32 type, size;
	u32 descr_size, descr_version;
};

struct mb2_framebuffer {
	u32 type, size;
	u64 addr;
	u32 pitch, width, height;
	u8 bpp, fb_type;
	u16 reserved;
	/* Colour information, for MB2_FB_RGB. */
	u8 red_position, red_mask_size;
	u8 green_position, green_mask_size;
	u8 blue_position, blue_mask_size;
	u8 pad[2];
};

_Static_assert(sizeof(struct mb2_mmap_entry) == 24, "entry version 0");
_Static_assert(offsetof(struct mb2_framebuffer, red_position) == 32,
	       "color_info");

/* Copy the front of a tag; what the tag is too short for reads as 0. */
static void tag_get(const struct mb2_tag *tag, void *dst, size_t size_bytes)
{
	memset(dst, 0, size_bytes);
	memcpy(dst, tag->bytes, min((size_t)tag->size, size_bytes));
}

static const char *tag_text(const struct mb2_tag *tag, u32 offset,
			    size_t *len_bytes)
{
	*len_bytes = tag->size > offset ? tag->size - offset : 0;
	return (const char *)tag->bytes + min(offset, tag->size);
}

static void parse_text(const struct mb2_tag *tag, char *dst, size_t size_bytes)
{
	size_t len;
	const char *text = tag_text(tag, sizeof(struct mb2_head), &len);

	boot_info_copy_text(dst, size_bytes, text, len);
}

static void parse_module(const struct mb2_tag *tag, struct boot_info *out)
{
	struct mb2_module module;
	const char *text;
	size_t len;

	tag_get(tag, &module, sizeof(module));
	if (module.mod_end < module.mod_start)
		return;
	text = tag_text(tag, sizeof(module), &len);
	boot_info_add_module(out, text, len, module.mod_start,
			     module.mod_end - module.mod_start);
}

static void parse_mmap(const struct mb2_tag *tag, struct boot_info *out)
{
	struct mb2_mmap head;
	struct mb2_mmap_entry entry;

	tag_get(tag, &head, sizeof(head));
	/* "entry_size … is guaranteed to be a multiple of 8" and may grow. */
	if (head.entry_size < sizeof(entry))
		return;
	for (u64 at = sizeof(head); at + head.entry_size <= tag->size;
	     at += head.entry_size) {
		memcpy(&entry, tag->bytes + at, sizeof(entry));
		if (entry.type < REGION_RAM || entry.type > REGION_BAD)
			entry.type = REGION_RESERVED;
		boot_info_add_region(out, entry.base_addr, entry.length,
				     entry.type);
	}
}

static void parse_efi_mmap(const struct mb2_tag *tag, struct boot_info *out)
{
	struct mb2_efi_mmap head;
	size_t len;
	const char *map;

	tag_get(tag, &head, sizeof(head));
	map = tag_text(tag, sizeof(head), &len);
	efi_memory_map(out, map, len, head.descr_size);
}

/* Two numbers only: RAM from 0 and from 1 MiB. */
static void parse_meminfo(const struct mb2_tag *tag, struct boot_info *out)
{
	struct mb2_meminfo info;

	tag_get(tag, &info, sizeof(info));
	boot_info_add_region(out, 0, (u64)info.mem_lower_kb << 10, REGION_RAM);
	boot_info_add_region(out, 1 << 20, (u64)info.mem_upper_kb << 10,
			     REGION_RAM);
}

static void parse_framebuffer(const struct mb2_tag *tag, struct boot_info *out)
{
	struct mb2_framebuffer fb;

	tag_get(tag, &fb, sizeof(fb));
	/* Palette modes are nobody's default any more: no console there. */
	if (fb.fb_type != MB2_FB_RGB && fb.fb_type != MB2_FB_TEXT)
		return;
	out->fb = (struct boot_framebuffer){
		.base_hpa = fb.addr,
		.pitch_bytes = fb.pitch,
		.width = fb.width,
		.height = fb.height,
		.bpp = fb.bpp,
		.text = fb.fb_type == MB2_FB_TEXT,
		.red_shift = fb.red_position,
		.green_shift = fb.green_position,
		.blue_shift = fb.blue_position,
	};
}

/* The RSDP itself, not its address. Tag 15 (ACPI 2.0 on) beats tag 14. */
static void parse_rsdp(const struct mb2_tag *tag, struct boot_info *out)
{
	size_t len;
	const char *rsdp = tag_text(tag, sizeof(struct mb2_head), &len);

	if (out->rsdp_len_bytes && tag->type == MB2_TAG_ACPI_OLD)
		return;
	len = min(len, sizeof(out->rsdp));
	memset(out->rsdp, 0, sizeof(out->rsdp));
	memcpy(out->rsdp, rsdp, len);
	out->rsdp_len_bytes = (u32)len;
}

static void parse_efi64(const struct mb2_tag *tag, struct boot_info *out)
{
	struct { u32 type, size; u64 pointer; } efi;

	tag_get(tag, &efi, sizeof(efi));
	out->efi = 1;
	out->efi_system_table_hpa = efi.pointer;
}

static void parse_load_base(const struct mb2_tag *tag, struct boot_info *out)
{
	struct { u32 type, size, load_base_addr; } base;

	tag_get(tag, &base, sizeof(base));
	out->image_hpa = base.load_base_addr;
}

static void parse_tag(const struct mb2_tag *tag, struct boot_info *out)
{
	switch (tag->type) {
	case MB2_TAG_CMDLINE:
		parse_text(tag, out->cmdline, sizeof(out->cmdline));
		break;
	case MB2_TAG_LOADER:
		parse_text(tag, out->loader, sizeof(out->loader));
		break;
	case MB2_TAG_MODULE:
		parse_module(tag, out);
		break;
	case MB2_TAG_FRAMEBUFFER:
		parse_framebuffer(tag, out);
		break;
	case MB2_TAG_EFI32:
		out->efi = 1;
		break;
	case MB2_TAG_EFI64:
		parse_efi64(tag, out);
		break;
	case MB2_TAG_ACPI_OLD:
	case MB2_TAG_ACPI_NEW:
		parse_rsdp(tag, out);
		break;
	case MB2_TAG_LOAD_BASE:
		parse_load_base(tag, out);
		break;
	}
}

/*
 * The tag at @offset of @total bytes; 0 when it does not fit, else the offset
 * of the one after it: tags start at multiples of 8.
 */
static u32 get_tag(const u8 *info, u32 total, u32 offset, struct mb2_tag *tag)
{
	struct mb2_head head;

	if (total - offset < sizeof(head))
		return 0;
	memcpy(&head, info + offset, sizeof(head));
	if (head.second < sizeof(head) || head.second > total - offset)
		return 0;
	*tag = (struct mb2_tag){ info + offset, head.second, head.first };
	return (u32)min(align_up((u64)offset + head.second, 8), (u64)total);
}

/* Parse every tag of one type; used for the three sources of the map. */
static void parse_all(const u8 *info, u32 total, u32 type,
		      void (*parse)(const struct mb2_tag *tag,
				    struct boot_info *out),
		      struct boot_info *out)
{
	u32 offset = sizeof(struct mb2_head), next;
	struct mb2_tag tag;

	for (; offset < total; offset = next) {
		next = get_tag(info, total, offset, &tag);
		if (!next || tag.type == MB2_TAG_END)
			return;
		if (tag.type == type)
			parse(&tag, out);
	}
}

int mb2_parse(const void *info, struct boot_info *out)
{
	struct mb2_head head;
	u32 offset = sizeof(head), next;
	struct mb2_tag tag;

	memset(out, 0, sizeof(*out));
	memcpy(&head, info, sizeof(head));
	if (head.first < 2 * sizeof(head) || head.first > MB2_MAX_BYTES)
		return -EINVAL;
	for (; offset < head.first; offset = next) {
		next = get_tag(info, head.first, offset, &tag);
		if (!next)
			return -EINVAL;
		if (tag.type == MB2_TAG_END)
			break;
		parse_tag(&tag, out);
	}
	/* The best map first; each is complete, so never two of them. */
	parse_all(info, head.first, MB2_TAG_MMAP, parse_mmap, out);
	if (!out->region_count)
		parse_all(info, head.first, MB2_TAG_EFI_MMAP, parse_efi_mmap,
			  out);
	if (!out->region_count)
		parse_all(info, head.first, MB2_TAG_MEMINFO, parse_meminfo,
			  out);
	return out->region_count ? 0 : -EINVAL;
}

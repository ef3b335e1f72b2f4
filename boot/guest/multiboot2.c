/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 Specification 2.0, i386 machine state. Tags for EFI in the
 * header are left alone, as a loader on a BIOS machine does.
 */
#include "boot/guest/elf.h"
#include "boot/guest/loader.h"

#include "boot/guest/acpi_tables.h"
#include "core/err.h"
#include "core/string.h"

#define HEADER_MAGIC	0xe85250d6
#define HEADER_SEARCH_BYTES 32768
#define HEADER_ALIGN	8
#define BOOT_MAGIC	0x36d76289
#define ARCH_I386	0
#define TAG_ALIGN	8
#define TAG_OPTIONAL	BIT(0)
#define HEADER_MAX_TAGS	64

enum header_tag {
	HTAG_END = 0, HTAG_INFO_REQUEST = 1, HTAG_ADDRESS = 2, HTAG_ENTRY = 3,
	HTAG_CONSOLE = 4, HTAG_FRAMEBUFFER = 5, HTAG_ALIGN_MODULES = 6,
	HTAG_EFI_BS = 7, HTAG_ENTRY_EFI32 = 8, HTAG_ENTRY_EFI64 = 9,
	HTAG_RELOCATABLE = 10,
};

enum info_tag {
	TAG_END = 0, TAG_CMDLINE = 1, TAG_LOADER_NAME = 2, TAG_MODULE = 3,
	TAG_BASIC_MEMORY = 4, TAG_MMAP = 6, TAG_RSDP_V1 = 14,
	TAG_RSDP_V2 = 15, TAG_LOAD_BASE = 21,
};

struct multiboot2_header {
	u32 magic, architecture, len_bytes, checksum;
};

struct header_tag_head {
	u16 type, flags;
	u32 len_bytes;
};

struct tag_head {
	u32 type, len_bytes;
};

struct tag_mmap {
	struct tag_head head;
	u32 entry_bytes, entry_version;
	struct {
		u64 base, len_bytes;
		u32 type, reserved;
	} entry[MEMORY_MAP_MAX];
};

/* What the header asks for. */
struct request {
	u64 header_offset;
	bool has_address, has_entry;
	struct loader_raw raw;
	u32 entry;
};

static s64 find_header(const struct guest_file *kernel,
		       struct multiboot2_header *h)
{
	size_t end = min(kernel->len_bytes, (size_t)HEADER_SEARCH_BYTES), at;

	for (at = 0; at + sizeof(*h) <= end; at += HEADER_ALIGN) {
		memcpy(h, (const u8 *)kernel->bytes + at, sizeof(*h));
		if (h->magic == HEADER_MAGIC &&
		    h->magic + h->architecture + h->len_bytes +
		    h->checksum == 0 && h->len_bytes >= sizeof(*h) &&
		    h->len_bytes <= kernel->len_bytes - at)
			return (s64)at;
	}
	return -ENOENT;
}

bool is_multiboot2(const struct guest_file *kernel)
{
	struct multiboot2_header h;

	return find_header(kernel, &h) >= 0;
}

/* What put_info() gives; a request for anything else fails early, by name. */
static bool info_known(u32 type)
{
	switch (type) {
	case TAG_CMDLINE: case TAG_LOADER_NAME: case TAG_MODULE:
	case TAG_BASIC_MEMORY: case TAG_MMAP: case TAG_RSDP_V1:
	case TAG_RSDP_V2: case TAG_LOAD_BASE:
		return true;
	}
	return false;
}

static int check_info_request(struct loader *l, const u8 *body, u32 len_bytes)
{
	u32 at, type;

	for (at = 0; at + sizeof(type) <= len_bytes; at += sizeof(type)) {
		memcpy(&type, body + at, sizeof(type));
		if (!info_known(type))
			return loader_fail(l, -ENOSYS,
					   "kernel requires multiboot2 tag %u",
					   type);
	}
	return 0;
}

/* One tag with its body of @len_bytes, which lies in the file. */
static int take_tag(struct loader *l, struct request *request,
		    const struct header_tag_head *tag, const u8 *body,
		    u32 len_bytes)
{
	u32 address[4];			/* header, load, load end, bss end */

	switch (tag->type) {
	case HTAG_INFO_REQUEST:
		return tag->flags & TAG_OPTIONAL ?
			0 : check_info_request(l, body, len_bytes);
	case HTAG_ADDRESS:
		if (len_bytes < sizeof(address))
			break;
		memcpy(address, body, sizeof(address));
		request->has_address = true;
		request->raw = (struct loader_raw){
			request->header_offset, address[0], address[1],
			address[2], address[3],
		};
		return 0;
	case HTAG_ENTRY:
		if (len_bytes < sizeof(request->entry))
			break;
		memcpy(&request->entry, body, sizeof(request->entry));
		request->has_entry = true;
		return 0;
	case HTAG_CONSOLE: case HTAG_ALIGN_MODULES: case HTAG_EFI_BS:
	case HTAG_ENTRY_EFI32: case HTAG_ENTRY_EFI64: case HTAG_RELOCATABLE:
		return 0;
	default:
		/* A framebuffer (5) among them: there is none. */
		if (tag->flags & TAG_OPTIONAL)
			return 0;
	}
	return loader_fail(l, -ENOSYS,
			   "multiboot2 header requires tag %u, or it is cut",
			   tag->type);
}

/*
 * Walk the header's tags. The length of each is checked against the header,
 * and the header lies in the file, so take_tag() may read all of a body.
 */
static int parse_header(struct loader *l, struct request *request)
{
	struct multiboot2_header h;
	struct header_tag_head tag;
	s64 found = find_header(&l->image->kernel, &h);
	u64 at = sizeof(h);
	const u8 *base;
	u32 i;
	int err;

	if (found < 0)
		return loader_fail(l, -EINVAL, "no multiboot2 header");
	if (h.architecture != ARCH_I386)
		return loader_fail(l, -ENOSYS, "not for x86");
	request->header_offset = (u64)found;
	base = (const u8 *)l->image->kernel.bytes + found;
	for (i = 0; i < HEADER_MAX_TAGS; i++) {
		if (at > h.len_bytes || h.len_bytes - at < sizeof(tag))
			break;
		memcpy(&tag, base + at, sizeof(tag));
		if (tag.type == HTAG_END)
			return 0;
		if (tag.len_bytes < sizeof(tag) ||
		    tag.len_bytes > h.len_bytes - at)
			break;
		err = take_tag(l, request, &tag, base + at + sizeof(tag),
			       tag.len_bytes - sizeof(tag));
		if (err)
			return err;
		at = align_up(at + tag.len_bytes, TAG_ALIGN);
	}
	return loader_fail(l, -EINVAL, "multiboot2 header is malformed");
}

static int load_kernel(struct loader *l)
{
	struct request request = { 0 };
	struct elf elf;
	int err = parse_header(l, &request);

	if (err)
		return err;
	if (request.has_address) {
		/* load_addr -1: from the first byte of the file */
		if (request.raw.load_addr == ~0u)
			request.raw.load_addr = request.raw.header_addr -
						(u32)request.header_offset;
		err = loader_load_raw(l, &request.raw);
		if (!err && !request.has_entry)
			err = loader_fail(l, -EINVAL,
					  "address tag without entry tag");
	} else {
		if (elf_open(&elf, &l->image->kernel))
			return loader_fail(l, -EINVAL,
					   "multiboot2 kernel is no x86 ELF");
		err = elf_load(&elf, l);
		l->entry->rip = elf_entry_gpa(&elf);
	}
	if (request.has_entry)
		l->entry->rip = request.entry;
	return err;
}

/* Append a tag; @body may be followed by @text with its NUL. */
static int put_tag(struct loader *l, u32 type, const void *body,
		   u32 body_bytes, const char *text)
{
	u32 text_bytes = text ? (u32)strlen(text) + 1 : 0;
	struct tag_head head = { type, sizeof(head) + body_bytes + text_bytes };
	u64 gpa;
	int err = loader_put(l, &head, sizeof(head), TAG_ALIGN, &gpa);

	if (!err)
		err = loader_put(l, body, body_bytes, 1, &gpa);
	if (!err)
		err = loader_put(l, text, text_bytes, 1, &gpa);
	return err;
}

/* Below 4 GiB like all that loader_place() places: 32 bits hold the range. */
static int put_modules(struct loader *l)
{
	u32 i, range[2];
	u64 gpa;
	int err;

	for (i = 0; i < l->image->module_count; i++) {
		const struct guest_file *file = &l->image->module[i];

		err = loader_place(l, file, l->high_end, &gpa);
		if (err)
			return err;
		range[0] = (u32)gpa;
		range[1] = (u32)(gpa + file->len_bytes);
		err = put_tag(l, TAG_MODULE, range, sizeof(range),
			      file->cmdline ? file->cmdline : "");
		if (err)
			return err;
	}
	return 0;
}

static int put_memory(struct loader *l)
{
	u32 basic[2] = {
		GUEST_EBDA_GPA / 1024,
		(u32)((l->guest->low_bytes - GUEST_LOW_END_GPA) / 1024),
	};
	struct memory_range map[MEMORY_MAP_MAX];
	struct tag_mmap mmap = { .entry_bytes = sizeof(mmap.entry[0]) };
	u32 count = memory_map_build(l->guest, map), i;
	int err = put_tag(l, TAG_BASIC_MEMORY, basic, sizeof(basic), NULL);

	if (err)
		return err;
	for (i = 0; i < count; i++) {
		mmap.entry[i].base = map[i].base;
		mmap.entry[i].len_bytes = map[i].len_bytes;
		mmap.entry[i].type = map[i].type;
	}
	return put_tag(l, TAG_MMAP, &mmap.entry_bytes,
		       8 + count * sizeof(mmap.entry[0]), NULL);
}

/* Both RSDP tags: an ACPI 1.0 copy is the first 20 bytes of the other. */
static int put_rsdp(struct loader *l)
{
	u8 rsdp[ACPI_RSDP_BYTES];
	int err;

	if (guest_read(l->guest, l->rsdp_gpa, rsdp, sizeof(rsdp)))
		return -EFAULT;
	err = put_tag(l, TAG_RSDP_V1, rsdp, 20, NULL);
	if (!err)
		err = put_tag(l, TAG_RSDP_V2, rsdp, sizeof(rsdp), NULL);
	return err;
}

static int put_info(struct loader *l)
{
	u32 total[2] = { 0, 0 }, base = (u32)l->image_start;
	u64 start, end;
	int err = loader_put(l, total, sizeof(total), TAG_ALIGN, &start);

	if (!err)
		err = put_tag(l, TAG_CMDLINE, NULL, 0, l->image->cmdline);
	if (!err)
		err = put_tag(l, TAG_LOADER_NAME, NULL, 0, "Noexit");
	if (!err)
		err = put_memory(l);
	if (!err)
		err = put_modules(l);
	if (!err)
		err = put_rsdp(l);
	if (!err)
		err = put_tag(l, TAG_LOAD_BASE, &base, sizeof(base), NULL);
	if (!err)
		err = put_tag(l, TAG_END, NULL, 0, NULL);
	if (err)
		return err;
	/* Tags lie behind one another because nothing else was put between. */
	end = l->block_next;
	total[0] = (u32)(end - start);
	l->entry->rbx = start;
	return guest_write(l->guest, start, total, sizeof(total));
}

int load_multiboot2(struct loader *l)
{
	int err = load_kernel(l);

	l->entry->mode = ENTRY_PROTECTED_32;
	l->entry->rax = BOOT_MAGIC;
	return err ? err : put_info(l);
}

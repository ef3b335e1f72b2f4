/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot Specification 0.6.96. The kernel is an ELF file, 32-bit or (as
 * kernels rely on boot loaders to take it) 64-bit, or has address fields. The
 * guest gets the information that QEMU and GRUB give.
 */
#include "boot/guest/elf.h"
#include "boot/guest/loader.h"

#include "core/err.h"
#include "core/string.h"

#define HEADER_MAGIC	0x1badb002
#define HEADER_SEARCH_BYTES 8192
#define HEADER_BYTES	12
#define BOOT_MAGIC	0x2badb002

/* Header flags: bits 0-15 are requirements. */
#define HEADER_ALIGN_MODULES	BIT(0)
#define HEADER_MEMORY_INFO	BIT(1)
#define HEADER_VIDEO_MODE	BIT(2)
#define HEADER_ADDRESS_FIELDS	BIT(16)
#define HEADER_REQUIREMENTS	BITS(15, 0)

#define MBI_MEMORY	BIT(0)
#define MBI_CMDLINE	BIT(2)
#define MBI_MODULES	BIT(3)
#define MBI_MMAP	BIT(6)
#define MBI_LOADER_NAME	BIT(9)

struct multiboot_header {
	u32 magic, flags, checksum;
	u32 header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

struct multiboot_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count,
	    mods_addr, syms[4], mmap_length, mmap_addr, drives_length,
	    drives_addr, config_table, boot_loader_name, apm_table;
	u8 video[48];		/* VBE and framebuffer: not flagged */
};
_Static_assert(offsetof(struct multiboot_info, mmap_length) == 44, "mmap");
_Static_assert(sizeof(struct multiboot_info) == 120, "multiboot_info");

struct multiboot_module {
	u32 start, end, string, reserved;
};

struct multiboot_mmap {
	u32 size;		/* of what follows */
	u64 base, len_bytes;
	u32 type;
} __packed;
_Static_assert(sizeof(struct multiboot_mmap) == 24, "mmap entry");

/*
 * Offset of the header in the file, or -ENOENT. Chance hits of the magic are
 * told from headers by the checksum; the search goes on behind them.
 */
static s64 find_header(const struct guest_file *kernel,
		       struct multiboot_header *h)
{
	size_t end = min(kernel->len_bytes, (size_t)HEADER_SEARCH_BYTES), at;
	const u8 *bytes = kernel->bytes;

	for (at = 0; at + HEADER_BYTES <= end; at += 4) {
		memset(h, 0, sizeof(*h));
		memcpy(h, bytes + at, HEADER_BYTES);
		if (h->magic != HEADER_MAGIC ||
		    h->magic + h->flags + h->checksum != 0)
			continue;
		if (!(h->flags & HEADER_ADDRESS_FIELDS))
			return (s64)at;
		if (kernel->len_bytes - at < sizeof(*h))
			continue;
		memcpy(h, bytes + at, sizeof(*h));
		return (s64)at;
	}
	return -ENOENT;
}

bool is_multiboot(const struct guest_file *kernel)
{
	struct multiboot_header h;

	return find_header(kernel, &h) >= 0;
}

static int load_kernel(struct loader *l)
{
	struct multiboot_header h;
	struct loader_raw raw;
	struct elf elf;
	s64 at = find_header(&l->image->kernel, &h);
	int err;

	if (at < 0)
		return loader_fail(l, -EINVAL, "no multiboot header");
	/* A video mode is a wish: a guest without one has its UART. */
	if (h.flags & HEADER_REQUIREMENTS & ~(HEADER_ALIGN_MODULES |
					      HEADER_MEMORY_INFO |
					      HEADER_VIDEO_MODE))
		return loader_fail(l, -ENOSYS,
				   "multiboot header requires flags 0x%x",
				   h.flags);
	if (h.flags & HEADER_ADDRESS_FIELDS) {
		raw = (struct loader_raw){
			(u64)at, h.header_addr, h.load_addr, h.load_end_addr,
			h.bss_end_addr,
		};
		l->entry->rip = h.entry_addr;
		return loader_load_raw(l, &raw);
	}
	if (elf_open(&elf, &l->image->kernel))
		return loader_fail(l, -EINVAL,
				   "neither ELF nor address fields");
	err = elf_load(&elf, l);
	l->entry->rip = elf_entry_gpa(&elf);
	return err;
}

/* The list is there even if it is empty: kernels look before they count. */
static int put_modules(struct loader *l, struct multiboot_info *info)
{
	struct multiboot_module module[CONFIG_MAX_MODULES] = { 0 };
	u32 count = l->image->module_count, i;
	u64 gpa, string;
	int err;

	for (i = 0; i < count; i++) {
		const struct guest_file *file = &l->image->module[i];

		err = loader_place(l, file, l->high_end, &gpa);
		if (!err)
			err = loader_put_string(l, file->cmdline ?
						file->cmdline : "", &string);
		if (err)
			return err;
		module[i].start = (u32)gpa;
		module[i].end = (u32)(gpa + file->len_bytes);
		module[i].string = (u32)string;
	}
	err = loader_put(l, module, count * sizeof(module[0]), 4, &gpa);
	info->mods_count = count;
	info->mods_addr = (u32)gpa;
	return err;
}

/* `size` counts what follows it, so an entry is 4 bytes longer. */
static int put_mmap(struct loader *l, struct multiboot_info *info)
{
	struct multiboot_mmap entry[MEMORY_MAP_MAX];
	struct memory_range map[MEMORY_MAP_MAX];
	u32 count = memory_map_build(l->guest, map), i;
	u64 gpa;
	int err;

	for (i = 0; i < count; i++)
		entry[i] = (struct multiboot_mmap){
			sizeof(entry[i]) - sizeof(entry[i].size), map[i].base,
			map[i].len_bytes, map[i].type,
		};
	err = loader_put(l, entry, count * sizeof(entry[0]), 4, &gpa);
	info->mmap_length = count * sizeof(entry[0]);
	info->mmap_addr = (u32)gpa;
	return err;
}

/* As QEMU passes it: the kernel's name, then the arguments. */
static int put_cmdline(struct loader *l, struct multiboot_info *info)
{
	char text[CONFIG_NAME_BYTES + CONFIG_CMDLINE_BYTES];
	const char *name = l->image->kernel.cmdline;
	const char *args = l->image->cmdline;
	size_t used = 0;
	u64 gpa;
	int err;

	while (name && name[used] && name[used] != ' ' &&
	       used < CONFIG_NAME_BYTES - 1) {
		text[used] = name[used];
		used++;
	}
	if (used && *args)
		text[used++] = ' ';
	str_copy(text + used, sizeof(text) - used, args);
	err = loader_put_string(l, text, &gpa);
	info->cmdline = (u32)gpa;
	return err;
}

static int put_info(struct loader *l)
{
	struct multiboot_info info = {
		.flags = MBI_MEMORY | MBI_CMDLINE | MBI_MODULES | MBI_MMAP |
			 MBI_LOADER_NAME,
		.mem_lower = GUEST_EBDA_GPA / 1024,
		.mem_upper = (u32)((l->guest->low_bytes - GUEST_LOW_END_GPA) /
				   1024),
	};
	u64 name;
	int err = put_modules(l, &info);

	if (!err)
		err = put_mmap(l, &info);
	if (!err)
		err = put_cmdline(l, &info);
	if (!err)
		err = loader_put_string(l, "Noexit", &name);
	if (err)
		return err;
	info.boot_loader_name = (u32)name;
	return loader_put(l, &info, sizeof(info), 8, &l->entry->rbx);
}

int load_multiboot(struct loader *l)
{
	int err = load_kernel(l);

	l->entry->mode = ENTRY_PROTECTED_32;
	l->entry->rax = BOOT_MAGIC;
	return err ? err : put_info(l);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot loader told us, in one form: multiboot2, PVH and the UEFI
 * application all end up here. Strings are copied; module contents stay where
 * the loader put them and are reserved in the memory map.
 */
#ifndef CORE_BOOT_INFO_H
#define CORE_BOOT_INFO_H

#include "core/types.h"

#define BOOT_MAX_REGIONS	256
#define BOOT_MAX_MODULES	32
#define BOOT_CMDLINE_BYTES	1024
#define BOOT_NAME_BYTES		32

enum region_type {
	REGION_RAM = 1,		/* usable, as in multiboot2 and E820 */
	REGION_RESERVED = 2,
	REGION_ACPI = 3,	/* ACPI tables: reclaimable, kept */
	REGION_NVS = 4,
	REGION_BAD = 5,
};

struct boot_region {
	u64 base_hpa;
	u64 len_bytes;
	u32 type;		/* enum region_type */
	u32 pad;
};

struct boot_module {
	char name[BOOT_NAME_BYTES];	/* first word of the command line */
	char cmdline[256];		/* the rest */
	u64 base_hpa;
	u64 len_bytes;
};

struct boot_framebuffer {
	u64 base_hpa;		/* 0: none */
	u32 pitch_bytes;
	u32 width;		/* pixels, or columns in text mode */
	u32 height;
	u8 bpp;			/* bits per pixel: 32, 24, 16, or text: 16 */
	u8 text;		/* EGA text mode at base_hpa */
	u8 red_shift, green_shift, blue_shift;
	u8 pad[3];
};

struct boot_info {
	char loader[64];
	char cmdline[BOOT_CMDLINE_BYTES];
	u64 image_hpa;		/* where the image was loaded, 2 MiB aligned */
	u64 rsdp_hpa;		/* 0: search the BIOS area */
	u8 rsdp[40];		/* copy of RSDP from tag 14 or 15, if given */
	u32 rsdp_len_bytes;
	u32 efi;		/* 1: started from UEFI */
	u64 efi_system_table_hpa;
	u32 region_count;
	u32 module_count;
	struct boot_region region[BOOT_MAX_REGIONS];
	struct boot_module module[BOOT_MAX_MODULES];
	struct boot_framebuffer fb;
};

/* NULL when no module has that name. */
const struct boot_module *boot_module_find(const struct boot_info *info,
					   const char *name);

/*
 * For the parsers of boot/. The first word of @text (at most @text_bytes, up
 * to a NUL) is the module's name; "moduleN" when there is none. One too many
 * is dropped: the VM that wants it will say that it is missing.
 */
void boot_info_add_module(struct boot_info *info, const char *text,
			  size_t text_bytes, u64 base_hpa, u64 len_bytes);
/* Merged with the region before it where possible. Never loses a non-RAM
 * region that overlaps RAM, even when the table is full. */
void boot_info_add_region(struct boot_info *info, u64 base_hpa, u64 len_bytes,
			  u32 type);
/* Copy at most @text_bytes up to a NUL; the result is cut and terminated. */
void boot_info_copy_text(char *dst, size_t size_bytes, const char *text,
			 size_t text_bytes);

#endif

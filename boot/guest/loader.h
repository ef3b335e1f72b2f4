/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot protocols share: a view of the guest's RAM with what is taken
 * already. Images go where they ask to be, boot data into a block below the
 * EBDA, files to the top of the RAM below 4 GiB.
 */
#ifndef BOOT_GUEST_LOADER_H
#define BOOT_GUEST_LOADER_H

#include "boot/guest/guest_load.h"
#include "boot/guest/memory_map.h"
#include "core/types.h"

/* Boot data: page 0 and what test guests link to stay free. */
#define LOADER_BLOCK_GPA	0x90000ull
#define LOADER_BLOCK_END	GUEST_EBDA_GPA
#define LOADER_HIGH_MIN_GPA	0x100000ull	/* nothing big below */

struct loader {
	struct guest *guest;
	const struct guest_image *image;
	struct guest_entry *entry;
	char *why;
	size_t why_bytes;
	u64 image_start, image_end;	/* around all that was loaded */
	u64 high_end;			/* files are placed below */
	u64 block_next;			/* free in the block */
	u64 rsdp_gpa;
};

/* Set l->why; evaluates to @err. */
int loader_fail(struct loader *l, int err, const char *fmt, ...)
	__printf(3, 4);

/* Copy @len_bytes to @gpa and clear up to @mem_bytes. */
int loader_load(struct loader *l, u64 gpa, const void *bytes, u64 len_bytes,
		u64 mem_bytes) __must_check;

/* The "address fields" of both multiboot headers. */
struct loader_raw {
	u64 header_offset;	/* in the file */
	u32 header_addr, load_addr, load_end_addr, bss_end_addr;
};
int loader_load_raw(struct loader *l, const struct loader_raw *raw)
	__must_check;

/* Put a file page-aligned below @limit, as high as it goes. */
int loader_place(struct loader *l, const struct guest_file *file, u64 limit,
		 u64 *gpa) __must_check;

/* Put boot data into the block; @align is a power of two. */
int loader_put(struct loader *l, const void *bytes, size_t len_bytes,
	       u64 align, u64 *gpa) __must_check;
/* The same with zeros. */
int loader_reserve(struct loader *l, size_t len_bytes, u64 align, u64 *gpa)
	__must_check;
int loader_put_string(struct loader *l, const char *s, u64 *gpa) __must_check;

/* The boot protocols. Each leaves l->entry filled. */
int load_linux(struct loader *l) __must_check;
int load_multiboot(struct loader *l) __must_check;
int load_multiboot2(struct loader *l) __must_check;
int load_pvh(struct loader *l) __must_check;
/* Does the kernel look like one of that protocol? */
bool is_linux(const struct guest_file *kernel);
bool is_multiboot(const struct guest_file *kernel);
bool is_multiboot2(const struct guest_file *kernel);
bool is_pvh(const struct guest_file *kernel);

#endif

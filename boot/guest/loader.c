/* SPDX-License-Identifier: BSD-2-Clause */
/* Placing images, files and boot data in guest RAM, with bounds checks. */
#include "boot/guest/loader.h"

#include "core/err.h"
#include "core/platform/platform.h"
#include "core/printf.h"
#include "core/string.h"

int loader_fail(struct loader *l, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vformat(l->why, l->why_bytes, fmt, args);
	va_end(args);
	return err;
}

/* Half-open ranges. */
static bool overlaps(u64 a, u64 a_end, u64 b, u64 b_end)
{
	return a < b_end && b < a_end;
}

/* May an image have [gpa, gpa + len)? Segments may overlap each other. */
static int claim(struct loader *l, u64 gpa, u64 len_bytes)
{
	u64 end = gpa + len_bytes;

	if (end < gpa || end > l->guest->low_bytes)
		return loader_fail(l, -E2BIG,
				   "needs RAM at 0x%llx-0x%llx, has 0x%llx: "
				   "raise memory=",
				   (unsigned long long)gpa,
				   (unsigned long long)end,
				   (unsigned long long)l->guest->low_bytes);
	if (overlaps(gpa, end, LOADER_BLOCK_GPA, LOADER_BLOCK_END) ||
	    overlaps(gpa, end, PLATFORM_ACPI_GPA,
		     PLATFORM_ACPI_GPA + PLATFORM_ACPI_BYTES))
		return loader_fail(l, -EINVAL,
				   "links to 0x%llx, where boot data is",
				   (unsigned long long)gpa);
	/* Files are placed outside of this hull, not into its gaps. */
	l->image_start = min(l->image_start, gpa);
	l->image_end = max(l->image_end, end);
	return 0;
}

/* RAM of a restarted VM is not zero any more, and .bss must be. */
static int clear(struct guest *g, u64 gpa, u64 len_bytes)
{
	static const u8 zeros[PAGE_SIZE];

	while (len_bytes) {
		u64 chunk = min(len_bytes, PAGE_SIZE);

		if (guest_write(g, gpa, zeros, chunk))
			return -EFAULT;
		gpa += chunk;
		len_bytes -= chunk;
	}
	return 0;
}

int loader_load(struct loader *l, u64 gpa, const void *bytes, u64 len_bytes,
		u64 mem_bytes)
{
	int err = claim(l, gpa, mem_bytes);

	if (err)
		return err;
	if (guest_write(l->guest, gpa, bytes, len_bytes) ||
	    clear(l->guest, gpa + len_bytes, mem_bytes - len_bytes))
		return loader_fail(l, -EFAULT, "0x%llx is not RAM",
				   (unsigned long long)gpa);
	return 0;
}

int loader_load_raw(struct loader *l, const struct loader_raw *raw)
{
	const struct guest_file *kernel = &l->image->kernel;
	u64 before = (u64)raw->header_addr - raw->load_addr;
	u64 offset, len_bytes, mem_bytes;

	/* The load address is as far before the header as in the file. */
	if (raw->load_addr > raw->header_addr || before > raw->header_offset)
		goto err_fields;
	offset = raw->header_offset - before;
	len_bytes = kernel->len_bytes - offset;
	/* 0 means: to the end of the file. */
	if (raw->load_end_addr) {
		if (raw->load_end_addr < raw->load_addr ||
		    raw->load_end_addr - raw->load_addr > len_bytes)
			goto err_fields;
		len_bytes = raw->load_end_addr - raw->load_addr;
	}
	mem_bytes = len_bytes;
	if (raw->bss_end_addr) {
		if (raw->bss_end_addr < raw->load_addr + len_bytes)
			goto err_fields;
		mem_bytes = raw->bss_end_addr - raw->load_addr;
	}
	return loader_load(l, raw->load_addr,
			   (const u8 *)kernel->bytes + offset, len_bytes,
			   mem_bytes);
err_fields:
	return loader_fail(l, -EINVAL, "bad address fields in its header");
}

/*
 * Above the image if it fits, or else below: an image that links to the top
 * of the RAM must not leave its modules homeless.
 */
int loader_place(struct loader *l, const struct guest_file *file, u64 limit,
		 u64 *gpa)
{
	/* A page more than needed pays for the rounding of both ends. */
	u64 len_bytes = align_up(file->len_bytes, PAGE_SIZE);
	u64 top = min(l->high_end, limit);
	u64 bottom = max(l->image_end, LOADER_HIGH_MIN_GPA);

	if (top < bottom || top - bottom < len_bytes + PAGE_SIZE) {
		top = min(l->image_start, top);
		bottom = LOADER_HIGH_MIN_GPA;
	}
	if (top < bottom || top - bottom < len_bytes + PAGE_SIZE)
		return loader_fail(l, -E2BIG,
				   "no room for %llu KiB: raise memory=",
				   (unsigned long long)file->len_bytes / 1024);
	*gpa = align_down(top - len_bytes, PAGE_SIZE);
	l->high_end = *gpa;
	if (guest_write(l->guest, *gpa, file->bytes, file->len_bytes))
		return loader_fail(l, -EFAULT, "0x%llx is not RAM",
				   (unsigned long long)*gpa);
	return 0;
}

/* Take a piece of the block. */
static int take(struct loader *l, size_t len_bytes, u64 align, u64 *gpa)
{
	const u64 kib = (LOADER_BLOCK_END - LOADER_BLOCK_GPA) / 1024;

	*gpa = align_up(l->block_next, align);
	if (*gpa > LOADER_BLOCK_END || LOADER_BLOCK_END - *gpa < len_bytes)
		return loader_fail(l, -E2BIG,
				   "boot data and strings exceed %llu KiB",
				   (unsigned long long)kib);
	l->block_next = *gpa + len_bytes;
	return 0;
}

int loader_put(struct loader *l, const void *bytes, size_t len_bytes,
	       u64 align, u64 *gpa)
{
	int err = take(l, len_bytes, align, gpa);

	if (!err && guest_write(l->guest, *gpa, bytes, len_bytes))
		err = loader_fail(l, -EFAULT, "0x%llx is not RAM",
				  (unsigned long long)*gpa);
	return err;
}

int loader_reserve(struct loader *l, size_t len_bytes, u64 align, u64 *gpa)
{
	int err = take(l, len_bytes, align, gpa);

	if (!err && clear(l->guest, *gpa, len_bytes))
		err = loader_fail(l, -EFAULT, "0x%llx is not RAM",
				  (unsigned long long)*gpa);
	return err;
}

int loader_put_string(struct loader *l, const char *s, u64 *gpa)
{
	return loader_put(l, s, strlen(s) + 1, 1, gpa);
}

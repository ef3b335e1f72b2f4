/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest to load into, and kernels made of bytes. */
#ifndef TESTS_UNIT_BOOT_GUEST_FIXTURE_H
#define TESTS_UNIT_BOOT_GUEST_FIXTURE_H

#include "boot/guest/guest_load.h"
#include "core/err.h"
#include "tests/unit/guest_double.h"

#define RAM_BYTES	0x2000000ull	/* 32 MiB */
#define KERNEL_BYTES	0x4000

static struct guest guest;
static struct guest_image image;
static struct guest_entry entry;
static char why[128];
static u8 kernel[KERNEL_BYTES];

__attribute__((unused))
static int load(void)
{
	memset(why, 0, sizeof(why));
	return guest_load(&guest, &image, &entry, why, sizeof(why));
}

__attribute__((unused))
static void setup(enum config_boot boot)
{
	guest_double_init(&guest, RAM_BYTES, 0x1000000);
	memset(kernel, 0, sizeof(kernel));
	image = (struct guest_image){
		.kernel = { kernel, sizeof(kernel), "kernel.elf ignored" },
		.cmdline = "a=1 b", .boot = boot, .vcpus = 2,
	};
}

__attribute__((unused))
static void put(size_t offset, u64 value, size_t len_bytes)
{
	memcpy(kernel + offset, &value, len_bytes);
}

__attribute__((unused))
static u64 peek(u64 gpa, u32 len_bytes)
{
	u64 value = 0;

	EXPECT_EQ(guest_read(&guest, gpa, &value, len_bytes), 0);
	return value;
}

__attribute__((unused))
static const char *peek_string(u64 gpa)
{
	static char text[2048];

	EXPECT_EQ(guest_read(&guest, gpa, text, sizeof(text) - 1), 0);
	return text;
}

/* One PT_LOAD of 0x100 bytes at file offset 0x1000, 0x300 in memory. */
__attribute__((unused))
static void put_elf32(u32 paddr, u32 vaddr)
{
	put(0, 0x464c457f, 4);
	put(4, 0x010101, 4);
	put(16, 2, 2);			/* ET_EXEC */
	put(18, 3, 2);			/* EM_386 */
	put(24, vaddr + 0x10, 4);	/* entry */
	put(28, 0x400, 4);		/* phoff */
	put(42, 32, 2);			/* phentsize */
	put(44, 1, 2);			/* phnum */
	put(0x400, 1, 4);
	put(0x404, 0x1000, 4);
	put(0x408, vaddr, 4);
	put(0x40c, paddr, 4);
	put(0x410, 0x100, 4);
	put(0x414, 0x300, 4);
	memset(kernel + 0x1000, 0xcc, 0x100);
}

__attribute__((unused))
static void put_elf64(u64 paddr, u64 vaddr)
{
	put(0, 0x464c457f, 4);
	put(4, 0x010102, 4);
	put(16, 2, 2);
	put(18, 62, 2);			/* EM_X86_64 */
	put(24, vaddr + 0x10, 8);
	put(32, 0x400, 8);
	put(54, 56, 2);
	put(56, 1, 2);
	put(0x400, 1, 4);
	put(0x408, 0x1000, 8);
	put(0x410, vaddr, 8);
	put(0x418, paddr, 8);
	put(0x420, 0x100, 8);
	put(0x428, 0x300, 8);
	memset(kernel + 0x1000, 0xcc, 0x100);
}

#endif

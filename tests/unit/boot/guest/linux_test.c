/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/guest/guest_load.h"

#include "tests/unit/boot/guest/fixture.h"

#define INIT_BYTES 0x200000ull

static u8 initrd[5000];

/* As Debian's kernels have it, with a payload of 0xcc. */
static void put_bzimage(void)
{
	put(0x1f1, 1, 1);			/* setup_sects */
	put(0x1fe, 0xaa55, 2);
	put(0x200, 0x66eb, 2);			/* jump over the header */
	put(0x202, 0x53726448, 4);
	put(0x206, 0x20f, 2);
	put(0x211, 1, 1);
	put(0x22c, 0x7fffffff, 4);
	put(0x230, 0x200000, 4);
	put(0x234, 1, 1);
	put(0x236, 0x7f, 2);
	put(0x238, 2047, 4);
	put(0x258, 0x1000000, 8);
	put(0x260, INIT_BYTES, 4);
	memset(kernel + 0x400, 0xcc, sizeof(kernel) - 0x400);
}

static void start(void)
{
	setup(BOOT_AUTO);
	put_bzimage();
	memset(initrd, 0x77, sizeof(initrd));
	image.initrd = (struct guest_file){ initrd, sizeof(initrd), NULL };
}

TEST(kernel_goes_where_it_prefers)
{
	start();
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.mode, ENTRY_LONG_64);
	EXPECT_EQ(entry.rip, 0x1000200);
	EXPECT_EQ(peek(0x1000000, 1), 0xcc);
	EXPECT_EQ(peek(0x1000000 + KERNEL_BYTES - 0x400 - 1, 1), 0xcc);
	EXPECT_EQ(peek(0x1000000 + KERNEL_BYTES - 0x400, 1), 0);
}

TEST(zero_page)
{
	u64 zp;

	start();
	EXPECT_EQ(load(), 0);
	zp = entry.rsi;
	EXPECT_EQ(peek(zp + 0x202, 4), 0x53726448);
	EXPECT_EQ(peek(zp + 0x1ef, 1), 0);	/* sentinel */
	EXPECT_EQ(peek(zp + 0x210, 1), 0xff);
	EXPECT_EQ(peek(zp + 0x070, 8), 0xe0000);
	EXPECT_STR(peek_string(peek(zp + 0x228, 4)), "a=1 b");
	EXPECT_EQ(peek(zp + 0x1e8, 1), 5);
	EXPECT_EQ(peek(zp + 0x2d0, 8), 0);
	EXPECT_EQ(peek(zp + 0x2d8, 8), 0x9fc00);
	EXPECT_EQ(peek(zp + 0x2e0, 4), 1);
	EXPECT_EQ(peek(zp + 0x2d0 + 40, 8), 0x100000);
	EXPECT_EQ(peek(zp + 0x2d0 + 48, 8), RAM_BYTES - 0x100000);
	EXPECT_EQ(peek(zp + 0x2d0 + 80, 8), 0x100000000);
	EXPECT_EQ(peek(zp + 0x2d0 + 88, 8), 0x1000000);
}

TEST(initrd_at_the_top)
{
	u64 gpa;

	start();
	EXPECT_EQ(load(), 0);
	gpa = peek(entry.rsi + 0x218, 4);
	EXPECT_EQ(gpa, RAM_BYTES - 0x2000);
	EXPECT_EQ(peek(entry.rsi + 0x21c, 4), sizeof(initrd));
	EXPECT_EQ(peek(gpa + sizeof(initrd) - 1, 2), 0x77);
	/* Below what the kernel can reach. */
	put(0x22c, 0x1bfffff, 4);
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(peek(entry.rsi + 0x218, 4), 0x1c00000 - 0x2000);
}

TEST(page_tables_and_gdt)
{
	u64 pml4, pdpt, pd;

	start();
	EXPECT_EQ(load(), 0);
	pml4 = entry.cr3;
	pdpt = peek(pml4, 8);
	EXPECT_EQ(pdpt & 0xfff, 3);
	pd = peek((pdpt & ~0xfffull) + 8 * 3, 8);
	EXPECT_EQ(peek((pd & ~0xfffull) + 8 * 511, 8),
		  (4 * SIZE_1G - SIZE_2M) | 0x83);
	EXPECT_EQ(entry.cs, 0x10);
	EXPECT_EQ(entry.ds, 0x18);
	EXPECT_EQ(peek(entry.gdt_gpa + 0x10, 8), 0x00af9b000000ffff);
	EXPECT_EQ(peek(entry.gdt_gpa + 0x18, 8), 0x00cf93000000ffff);
	EXPECT_EQ(entry.gdt_limit, 31);
}

TEST(kernel_moves_down_when_ram_is_small)
{
	start();
	put(0x260, 0x1100000, 4);
	EXPECT_EQ(load(), 0);
	EXPECT_EQ(entry.rip, 0x200200);
	/* Not if it cannot be moved. */
	put(0x234, 0, 1);
	EXPECT_EQ(load(), -E2BIG);
	EXPECT(strstr(why, "memory=") != NULL);
}

static void refuse(size_t offset, u64 value, size_t len, int err)
{
	start();
	put(offset, value, len);
	image.boot = BOOT_LINUX;
	EXPECT_EQ(load(), err);
	EXPECT(why[0] && strcmp(why, "internal error"));
}

TEST(refuses_what_it_cannot_boot)
{
	refuse(0x202, 0, 4, -EINVAL);
	refuse(0x1fe, 0, 2, -EINVAL);
	refuse(0x206, 0x20b, 2, -ENOSYS);
	refuse(0x236, 0, 2, -ENOSYS);		/* no 64-bit entry */
	refuse(0x211, 0, 1, -ENOSYS);
	refuse(0x230, 0, 4, -EINVAL);
	refuse(0x230, 0x300000, 4, -EINVAL);
	refuse(0x201, 0, 1, -ENOSYS);		/* header of no length */
	refuse(0x1f1, 0xff, 1, -EINVAL);	/* truncated */
	refuse(0x238, 4, 4, -E2BIG);		/* command line */
	refuse(0x260, 0xffffffff, 4, -E2BIG);
	refuse(0x22c, 0x1000, 4, -E2BIG);	/* initrd limit */
	refuse(0x258, 0x80000, 8, -EINVAL);	/* over our boot data */
}

TEST(initrd_that_does_not_fit)
{
	start();
	image.initrd.len_bytes = RAM_BYTES;	/* refused before it is read */
	EXPECT_EQ(load(), -E2BIG);
}

TEST(short_files)
{
	size_t len;

	start();
	image.boot = BOOT_LINUX;
	for (len = 0; len < 0x600; len += 7) {
		image.kernel.len_bytes = len;
		EXPECT(load() < 0 || len > 0x400);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port I/O: an unknown port reads all ones at every width and swallows
 * writes; narrow reads leave the rest of RAX alone; string forms move the
 * right bytes in both directions, across pages, and fault without moving.
 */
#include "lib/guest.h"

#define UNKNOWN	0x1234

static void test_unknown(void)
{
	test_equal("port.unknown-in8", inb(UNKNOWN), 0xff);
	test_equal("port.unknown-in16", inw(UNKNOWN), 0xffff);
	test_equal("port.unknown-in32", inl(UNKNOWN), 0xffffffff);
	outb(0, UNKNOWN);
	outw(0, UNKNOWN);
	outl(0, UNKNOWN);
	test_equal("port.unknown-out-ignored", inl(UNKNOWN), 0xffffffff);
	test_equal("port.last-port", inb(0xffff), 0xff);
}

static u64 in_rax(int width)
{
	u64 rax = 0x1122334455667788;

	switch (width) {
	case 1:
		asm volatile("inb %%dx, %%al" : "+a"(rax) : "d"(UNKNOWN));
		break;
	case 2:
		asm volatile("inw %%dx, %%ax" : "+a"(rax) : "d"(UNKNOWN));
		break;
	default:
		asm volatile("inl %%dx, %%eax" : "+a"(rax) : "d"(UNKNOWN));
	}
	return rax;
}

static void test_merge(void)
{
	test_equal("port.in8-keeps-rax", in_rax(1), 0x11223344556677ff);
	test_equal("port.in16-keeps-rax", in_rax(2), 0x112233445566ffff);
	test_equal("port.in32-clears-high", in_rax(4), 0xffffffff);
}

static void test_immediate(void)
{
	u32 val = 0;

	asm volatile("inb $0xed, %%al" : "+a"(val));
	test_equal("port.immediate-in", val, 0xff);
	asm volatile("outb %%al, $0xed" :: "a"(0));
	test_pass("port.immediate-out");
}

/* REP INSB from a port without a device: count, pointer, and contents. */
static void test_string_unknown(void)
{
	static u8 buf[64];
	u8 *p = buf;
	u64 n = 48;
	u32 i, bad = 0;

	memset(buf, 0x11, sizeof(buf));
	asm volatile("rep insb" : "+D"(p), "+c"(n) : "d"(UNKNOWN) : "memory");
	for (i = 0; i < sizeof(buf); i++)
		bad += buf[i] != (i < 48 ? 0xff : 0x11);
	test_check("port.rep-insb", !bad && !n && p == buf + 48,
		   "%u bytes wrong, rcx %lu", bad, n);
	p = buf + 63;
	n = 16;
	asm volatile("std; rep insb; cld" : "+D"(p), "+c"(n) : "d"(UNKNOWN)
		     : "memory");
	for (bad = 0, i = 48; i < 64; i++)
		bad += buf[i] != 0xff;
	test_check("port.rep-insb-down", !bad && !n && p == buf + 47,
		   "%u bytes wrong", bad);
	n = 0;
	p = buf;
	asm volatile("rep insb" : "+D"(p), "+c"(n) : "d"(UNKNOWN) : "memory");
	test_check("port.rep-zero", p == buf && !n, "moved");
}

static void test_scratch(void)
{
	outl(0x12345678, PORT_TD_SCRATCH);
	test_equal("port.scratch-8", inb(PORT_TD_SCRATCH), 0x78);
	test_equal("port.scratch-16", inw(PORT_TD_SCRATCH), 0x5678);
	test_equal("port.scratch-32", inl(PORT_TD_SCRATCH), 0x12345678);
}

/* Both buffers cross a page; the device keeps only the last element. */
static void test_string_scratch(void)
{
	u8 *page = (u8 *)page_free_base();
	u32 *src = (u32 *)(page + PAGE_SIZE - 8);
	u32 *dst = (u32 *)(page + 3 * PAGE_SIZE - 6);
	const void *s = src;
	void *d = dst;
	u64 n = 4;
	u32 i, bad = 0;

	for (i = 0; i < 4; i++)
		src[i] = 0xa5a50000 + i;
	asm volatile("rep outsl" : "+S"(s), "+c"(n) : "d"(PORT_TD_SCRATCH)
		     : "memory");
	test_check("port.rep-outsl", !n && s == src + 4 &&
		   inl(PORT_TD_SCRATCH) == 0xa5a50003, "rcx %lu last 0x%x", n,
		   inl(PORT_TD_SCRATCH));
	n = 4;
	asm volatile("rep insl" : "+D"(d), "+c"(n) : "d"(PORT_TD_SCRATCH)
		     : "memory");
	for (i = 0; i < 4; i++)
		bad += dst[i] != 0xa5a50003;
	test_check("port.rep-insl", !n && d == dst + 4 && !bad,
		   "rcx %lu, %u wrong", n, bad);
	src[0] = 0x0000beef;
	s = src;
	asm volatile("outsw" : "+S"(s) : "d"(PORT_TD_SCRATCH) : "memory");
	test_equal("port.outsw", inw(PORT_TD_SCRATCH), 0xbeef);
	test_check("port.outsw-pointer", s == (u8 *)src + 2, "wrong");
}

/* A fault on the second page: the first bytes moved, RCX and RDI say so. */
static void test_string_fault(void)
{
	u64 page = (page_free_base() + 0x10000) & ~0xffffull;
	u64 *pte = page_pte(page + PAGE_SIZE), old = *pte;
	u64 rdi = page + PAGE_SIZE - 8;
	struct trap t;

	page_set(page + PAGE_SIZE, old & ~PTE_P);
	t = TRAP_OF(
		u64 p = rdi;
		u64 n = 16;

		asm volatile("rep insb" : "+D"(p), "+c"(n) : "d"(UNKNOWN)
			     : "memory"));
	page_set(page + PAGE_SIZE, old);
	test_trap("port.insb-page-fault", t, VEC_PF, 2);
	test_equal("port.insb-cr2", t.cr2, page + PAGE_SIZE);
	test_equal("port.insb-moved-first", *(u8 *)(page + PAGE_SIZE - 1),
		   0xff);
}

static void user_in(void *arg)
{
	(void)arg;
	inb(UNKNOWN);
}

int main(void)
{
	static const char *const need[] = {
		"port.scratch-8", "port.scratch-16", "port.scratch-32",
		"port.rep-outsl", "port.rep-insl", "port.outsw",
	};
	u32 i;

	test_unknown();
	test_merge();
	test_immediate();
	test_string_unknown();
	test_string_fault();
	test_trap("port.user-iopl-0", user_call(user_in, NULL, 2), VEC_GP, 0);
	test_trap("port.user-iopl-3", user_call(user_in, NULL, 0x3002),
		  VEC_NONE, 0);
	if (testdev_present()) {
		test_scratch();
		test_string_scratch();
	} else {
		for (i = 0; i < ARRAY_SIZE(need); i++)
			test_skip(need[i], "no test device (testdev=yes)");
	}
	return 0;
}

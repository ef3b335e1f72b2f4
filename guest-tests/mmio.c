/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every instruction form that may reach a device is decoded and carried out:
 * the same form runs on RAM and on the device, and registers, flags, pointers
 * and memory must agree. Devices: an unmapped address, which always reads the
 * same value, and the timer's initial-count register, which keeps 32 bits.
 */
#include "lib/guest.h"

#define REG	1
#define FROM	2
#define TO	4
#define ARITH_FLAGS	0x8d5ul
#define START	0x12345678u

struct regs {
	u64 rax, rcx, rdx, rbx, rsi, rdi, r12, r14, flags;
};

struct form {
	const char *name;
	void *code;
	u64 kind;
};

extern const struct form forms[], forms_end[];
extern u8 mmio_alias[PAGE_SIZE];
void form_run(struct regs *regs, void *form);
u32 rip_read(void);
void rip_write(void);
u32 compat_mmio(void);

/* Forms reach from -0x40 to +0x1240 around the middle of each. */
static u8 ram[2 * PAGE_SIZE] __attribute__((aligned(4096)));
static u8 buffers[2][256];
static u64 hole;

static struct regs run(const struct form *f, u64 addr, u8 *buf)
{
	struct regs r = {
		.rax = 0x1122334455667788,
		.rcx = (f->kind & (FROM | TO)) ? 7 : 0x5566778812abcdef,
		.rdx = START,
		.rbx = addr,
		.rsi = (f->kind & TO) ? (u64)buf : addr,
		.rdi = (f->kind & TO) ? addr : (u64)buf,
		.r12 = 0xa1b2c3d4e5f60718,
		.r14 = 0x1415161718191a1b,
	};
	u32 i;

	for (i = 0; i < 256; i++)
		buf[i] = (u8)(i * 3 + 1);
	form_run(&r, f->code);
	r.rbx -= addr;
	r.rsi -= (f->kind & TO) ? (u64)buf : addr;
	r.rdi -= (f->kind & TO) ? addr : (u64)buf;
	r.flags &= ARITH_FLAGS;
	return r;
}

static const char *difference(const struct regs *a, const struct regs *b)
{
	if (a->rax != b->rax)
		return "rax";
	if (a->rcx != b->rcx)
		return "rcx";
	if (a->rsi != b->rsi || a->rdi != b->rdi || a->rbx != b->rbx)
		return "pointer";
	if (a->r12 != b->r12 || a->r14 != b->r14)
		return "r12 or r14";
	if (a->flags != b->flags)
		return "flags";
	if (memcmp(buffers[0], buffers[1], sizeof(buffers[0])))
		return "buffer";
	return NULL;
}

static void test_form(const struct form *f)
{
	bool reg = f->kind & REG;
	u64 addr = reg ? LAPIC_BASE + APIC_TMICT : hole + 0x100;
	u32 start = START, after;
	struct regs want, got;
	const char *diff;

	memset(ram, page_hole_value() ? 0xff : 0, sizeof(ram));
	if (reg) {
		memcpy(ram + 0x100, &start, 4);
		mmio_write32(addr, START);
	}
	want = run(f, (u64)ram + 0x100, buffers[0]);
	got = run(f, addr, buffers[1]);
	diff = difference(&want, &got);
	memcpy(&after, ram + 0x100, 4);
	if (diff)
		test_fail(f->name, "%s differs", diff);
	else if (reg)
		test_equal(f->name, mmio_read32(addr), after);
	else
		test_equal(f->name, mmio_read32(addr),
			   (u32)page_hole_value());
}

static void test_segments(void)
{
	u64 fs = rdmsr(MSR_FS_BASE), gs = rdmsr(MSR_GS_BASE);
	u32 val;

	wrmsr(MSR_FS_BASE, LAPIC_BASE);
	asm volatile("movl $0x10203040, %%fs:0x380; movl %%fs:0x380, %0"
		     : "=r"(val) :: "memory");
	test_equal("mmio.fs", val, 0x10203040);
	wrmsr(MSR_FS_BASE, fs);
	wrmsr(MSR_GS_BASE, LAPIC_BASE + 0x400);
	asm volatile("movl $0x50607080, %%gs:-0x80(%1); movl %%gs:-0x80, %0"
		     : "=r"(val) : "r"(0ul) : "memory");
	test_equal("mmio.gs", val, 0x50607080);
	wrmsr(MSR_GS_BASE, gs);
}

static void test_moffs(void)
{
	u32 val = 0;
	u64 wide = 0;

	asm volatile("movabs %%eax, 0xfee00380" :: "a"(0x31415926));
	asm volatile("movabs 0xfee00380, %%eax" : "=a"(val));
	test_equal("mmio.moffs", val, 0x31415926);
	asm volatile("addr32 movl 0xfee00380, %0" : "=r"(val));
	test_equal("mmio.addr32-disp", val, 0x31415926);
	if (hole == 0xfed80000) {
		asm volatile("movabs 0xfed80000, %%rax" : "=a"(wide));
		test_equal("mmio.moffs-64", wide, page_hole_value());
	}
}

static void test_rip_relative(void)
{
	page_set((u64)mmio_alias, LAPIC_BASE | PTE_P | PTE_W | PTE_PCD);
	mmio_write32(LAPIC_BASE + APIC_TMICT, 0x77665544);
	test_equal("mmio.rip-read", rip_read(), 0x77665544);
	rip_write();
	test_equal("mmio.rip-write", mmio_read32(LAPIC_BASE + APIC_TMICT),
		   0x2468ace0);
}

/* IOAPIC: an index that is written selects what the window shows. */
static void test_ioapic(void)
{
	u32 version;

	version = ioapic_read(1);
	test_check("mmio.ioapic-version", (version & 0xff) >= 0x11 &&
		   (version >> 16 & 0xff) >= 23, "0x%x", version);
	ioapic_write(0x10 + 2 * 20, RTE_MASKED | 0x42);
	ioapic_write(0x10 + 2 * 21, RTE_MASKED | 0x43);
	test_equal("mmio.ioapic-window", ioapic_read(0x10 + 2 * 20),
		   RTE_MASKED | 0x42);
	mmio_write32(IOAPIC_BASE, 0x10);
	asm volatile("addl $42, (%0)" :: "r"(IOAPIC_BASE) : "memory");
	test_equal("mmio.ioapic-select-rmw",
		   mmio_read32(IOAPIC_BASE + 0x10), RTE_MASKED | 0x43);
}

/* The instruction itself may lie on another page than its last byte. */
static void test_insn_crosses_page(void)
{
	static const u8 code[] = {	/* movl $0x5ee5f00d, 0x380(%rdi); ret */
		0xc7, 0x87, 0x80, 0x03, 0x00, 0x00, 0x0d, 0xf0, 0xe5, 0x5e,
		0xc3,
	};
	u8 *at = (u8 *)page_free_base() + PAGE_SIZE - 5;

	memcpy(at, code, sizeof(code));
	((void (*)(u64))at)(LAPIC_BASE);
	test_equal("mmio.insn-crosses-page",
		   mmio_read32(LAPIC_BASE + APIC_TMICT), 0x5ee5f00d);
}

int main(void)
{
	const struct form *f;

	hole = page_hole();
	for (f = forms; f < forms_end; f++)
		test_form(f);
	test_segments();
	test_moffs();
	test_rip_relative();
	test_equal("mmio.compat-mode", compat_mmio(), 0x0badcafe ^ 0x11111111);
	test_ioapic();
	test_insn_crosses_page();
	mmio_write32(LAPIC_BASE + APIC_TMICT, 0);
	return 0;
}

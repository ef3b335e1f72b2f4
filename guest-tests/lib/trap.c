/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor tables of a CPU, interrupt dispatch, and TRAP_OF(). */
#include "lib/guest.h"

extern u8 isr_stubs[];
extern u64 gdt_template[GDT_ENTRIES];

struct idt_gate idt[256];
static irq_fn handlers[256];

void gate_set(u8 vector, u16 selector, u64 offset, u8 type, u8 ist)
{
	idt[vector] = (struct idt_gate){
		.offset_lo = (u16)offset,
		.selector = selector,
		.ist = ist,
		.type = type,
		.offset_mid = (u16)(offset >> 16),
		.offset_hi = (u32)(offset >> 32),
	};
}

void trap_load_idt(void)
{
	struct table_pointer p = { sizeof(idt) - 1, (u64)idt };

	asm volatile("lidt %0" :: "m"(p));
}

/* #BP, #OF, INT 0x80 and the way back from user mode are open to CPL 3. */
void trap_init(void)
{
	u32 v;

	for (v = 0; v < 256; v++)
		gate_set((u8)v, SEL_CODE64, (u64)isr_stubs + v * 16, 0x8e, 0);
	idt[VEC_BP].type = 0xee;
	idt[VEC_OF].type = 0xee;
	idt[0x80].type = 0xee;
	idt[VEC_USER_RETURN].type = 0xee;
	idt[VEC_DF].ist = 1;
	idt[VEC_MC].ist = 1;
	idt[VEC_NMI].ist = 2;
}

/* GDT with a TSS of its own, stacks for #DF and NMI, then the shared IDT. */
void cpu_setup(u32 index)
{
	struct cpu *cpu = cpu_nr(index);
	u64 block = (u64)cpu, tss = (u64)&cpu->tss;
	struct table_pointer p = { sizeof(cpu->gdt) - 1, (u64)cpu->gdt };

	cpu->index = index;
	memcpy(cpu->gdt, gdt_template, sizeof(cpu->gdt));
	cpu->tss.rsp[0] = block + CPU_RSP0_TOP;
	cpu->tss.ist[0] = block + CPU_IST1_TOP;
	cpu->tss.ist[1] = block + CPU_IST2_TOP;
	cpu->tss.iomap = sizeof(cpu->tss);
	cpu->gdt[SEL_TSS / 8] = (sizeof(cpu->tss) - 1) | 0x890000000000ull |
		(tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	cpu->gdt[SEL_TSS / 8 + 1] = tss >> 32;
	asm volatile("lgdt %0; ltr %w1" :: "m"(p), "r"(SEL_TSS) : "memory");
	trap_load_idt();
}

void trap_set_handler(u8 vector, irq_fn fn)
{
	handlers[vector] = fn;
}

void catch_begin(struct catcher *c)
{
	struct cpu *cpu = this_cpu();

	c->trap = (struct trap){ .vector = VEC_NONE };
	c->outer = cpu->catcher;
	cpu->catcher = c;
}

struct trap catch_end(struct catcher *c)
{
	this_cpu()->catcher = c->outer;
	return c->trap;
}

/* Leave by IRET, so that NMI blocking ends as it does for other handlers. */
static void catch_trap(struct catcher *c, struct frame *f)
{
	c->trap = (struct trap){
		.vector = (u32)f->vector,
		.error = (u32)f->error,
		.rip = f->rip,
		.cr2 = read_cr2(),
		.cs = f->cs,
		.rflags = f->rflags,
	};
	f->rbx = c->rbx;
	f->rbp = c->rbp;
	f->r12 = c->r12;
	f->r13 = c->r13;
	f->r14 = c->r14;
	f->r15 = c->r15;
	f->rsp = c->rsp;
	f->rip = c->rip;
	f->rflags = c->rflags;
	f->cs = SEL_CODE64;
	f->ss = SEL_DATA;
	f->rax = 1;
}

static void die(const struct frame *f)
{
	print("unexpected exception %lu error %lx rip %lx cr2 %lx rsp %lx\n",
	      f->vector, f->error, f->rip, read_cr2(), f->rsp);
	test_fail("unexpected-exception", "vector %lu", f->vector);
	test_end();
}

/* SVR's vector without its ISR bit: nobody's interrupt, and no EOI for it. */
static bool spurious(u8 v)
{
	return v == VEC_SPURIOUS && !apic_bit(APIC_ISR, v);
}

void trap_entry(struct frame *f)
{
	struct cpu *cpu = this_cpu();
	u8 v = (u8)f->vector;

	if (spurious(v))
		return;
	if (handlers[v])
		handlers[v](f);
	else if (cpu->catcher && (v < 32 || v == VEC_USER_RETURN))
		catch_trap(cpu->catcher, f);
	else if (v < 32)
		die(f);
	else
		cpu->stray++;
}

struct trap user_call(void (*fn)(void *), void *arg, u64 rflags)
{
	u64 stack = (u64)this_cpu() + CPU_USER_TOP;
	struct trap t;

	t = TRAP_OF(user_enter(fn, arg, stack, rflags));
	if (t.vector == VEC_USER_RETURN)
		t.vector = VEC_NONE;
	return t;
}

u32 rdmsr_safe(u32 msr, u64 *val)
{
	volatile u64 read = 0;
	struct trap t = TRAP_OF(read = rdmsr(msr));

	*val = read;
	return t.vector == VEC_NONE ? 0 : t.vector;
}

u32 wrmsr_safe(u32 msr, u64 val)
{
	struct trap t = TRAP_OF(wrmsr(msr, val));

	return t.vector == VEC_NONE ? 0 : t.vector;
}

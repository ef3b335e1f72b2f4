/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt and exception handling, and "this statement must trap". */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include "lib/layout.h"
#include "lib/types.h"

enum vector {
	VEC_DE, VEC_DB, VEC_NMI, VEC_BP, VEC_OF, VEC_BR, VEC_UD, VEC_NM,
	VEC_DF, VEC_CSO, VEC_TS, VEC_NP, VEC_SS, VEC_GP, VEC_PF, VEC_15,
	VEC_MF, VEC_AC, VEC_MC, VEC_XM,
	VEC_NONE = 0x100,
};

struct frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* What a statement raised; vector is VEC_NONE if nothing. */
struct trap {
	u32 vector;
	u32 error;
	u64 rip;
	u64 cr2;
	u64 cs;
	u64 rflags;
};

/* isr.S knows the layout of the registers, up to rflags. */
struct catcher {
	u64 rbx, rbp, r12, r13, r14, r15, rsp, rip, rflags;
	struct catcher *outer;
	struct trap trap;
};

struct tss {
	u32 reserved;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap;
} __attribute__((packed));

struct cpu {
	u32 index;
	u32 apic_id;
	u32 online;
	u32 stray;		/* interrupts that nobody had asked for */
	struct catcher *catcher;
	void (*call)(void *);
	void *call_arg;
	u64 gdt[GDT_ENTRIES];
	struct tss tss;
};

struct idt_gate {
	u16 offset_lo;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_hi;
	u32 reserved;
};

struct table_pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

typedef void (*irq_fn)(struct frame *frame);

extern u8 cpu_blocks[];
extern struct idt_gate idt[256];

static inline struct cpu *cpu_nr(u32 index)
{
	return (struct cpu *)(cpu_blocks + (u64)index * CPU_BLOCK);
}

static inline struct cpu *this_cpu(void)
{
	u64 rsp;

	asm volatile("mov %%rsp, %0" : "=r"(rsp));
	return (struct cpu *)(rsp & ~(u64)(CPU_BLOCK - 1));
}

void cpu_setup(u32 index);
void trap_init(void);
void trap_entry(struct frame *frame);
void trap_load_idt(void);
void trap_set_handler(u8 vector, irq_fn fn);
void gate_set(u8 vector, u16 selector, u64 offset, u8 type, u8 ist);

int catch_save(struct catcher *c) __attribute__((returns_twice));
void catch_begin(struct catcher *c);
struct trap catch_end(struct catcher *c);
void user_enter(void (*fn)(void *), void *arg, u64 stack, u64 rflags);
struct trap user_call(void (*fn)(void *), void *arg, u64 rflags);

/* Run the statements; the value says which exception ended them, if any. */
#define TRAP_OF(...) ({				\
	struct catcher c_;			\
						\
	catch_begin(&c_);			\
	if (!catch_save(&c_)) {			\
		__VA_ARGS__;			\
	}					\
	catch_end(&c_);				\
})

/* 32-bit code (see mode32.S); run with IF=0, then trap_load_idt(). */
u32 mode_run32(u32 fn, u32 cr3, u32 cr4_bits);

/* 0, or the vector that the access raised. */
u32 rdmsr_safe(u32 msr, u64 *val);
u32 wrmsr_safe(u32 msr, u64 val);

#endif

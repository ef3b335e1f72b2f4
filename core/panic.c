/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end by our own fault. The first CPU in wins, stops the others by NMI
 * (each dumps itself) and ends the machine. Locks give up waiting from here
 * on (core/spinlock.c), and a panic inside of a panic goes on with less.
 */
#include "core/panic.h"

#include <hw/cpu.h>

#include "core/console.h"
#include "core/cpu.h"
#include "core/end.h"
#include "core/idt.h"
#include "core/image.h"
#include "core/log.h"
#include "core/paging.h"
#include "core/printf.h"

#define NO_CPU		(~0u)
#define BACKTRACE_MAX	16
#define BACKTRACE_WORDS	1024

static u32 panic_owner = NO_CPU;	/* atomic: index of the first CPU */
static char message[256];		/* owner only */

static _Noreturn void halt_for_ever(void)
{
	cpu_cli();
	for (;;)
		cpu_halt();
}

static _Noreturn void stop_this_cpu(void)
{
	/* Release: the dump is in the log before the owner goes on. */
	__atomic_store_n(&this_cpu()->shared->stopped, 1, __ATOMIC_RELEASE);
	halt_for_ever();
}

/*
 * Every word of the stack that points into our text: the return addresses, and
 * now and then a stale one. It needs no frame pointers, so frames cost
 * nothing on the exit path, and it still works when a frame is broken.
 */
static void backtrace(u64 rsp)
{
	u32 found = 0;

	rsp = align_up(rsp, sizeof(u64));
	/* After a stack overflow RSP is in the guard page: start above it. */
	if (!paging_mapped((const void *)rsp))
		rsp = align_up(rsp, PAGE_SIZE);
	for (u32 i = 0; i < BACKTRACE_WORDS && found < BACKTRACE_MAX; i++) {
		const u64 *word = (const u64 *)rsp + i;

		if ((i == 0 || is_aligned((u64)word, PAGE_SIZE)) &&
		    !paging_mapped(word))
			break;
		if (!image_is_text(*word))
			continue;
		log_error("panic", "  called from %llx",
			  (unsigned long long)*word);
		found++;
	}
}

static void dump_frame(const struct exception_frame *f)
{
	log_error("panic", "rip %016llx rsp %016llx rflags %08llx error %llx",
		  (unsigned long long)f->rip, (unsigned long long)f->rsp,
		  (unsigned long long)f->rflags, (unsigned long long)f->error);
	log_error("panic", "rax %016llx rbx %016llx rcx %016llx rdx %016llx",
		  (unsigned long long)f->rax, (unsigned long long)f->rbx,
		  (unsigned long long)f->rcx, (unsigned long long)f->rdx);
	log_error("panic", "rsi %016llx rdi %016llx rbp %016llx r8  %016llx",
		  (unsigned long long)f->rsi, (unsigned long long)f->rdi,
		  (unsigned long long)f->rbp, (unsigned long long)f->r8);
	log_error("panic", "r9  %016llx r10 %016llx r11 %016llx r12 %016llx",
		  (unsigned long long)f->r9, (unsigned long long)f->r10,
		  (unsigned long long)f->r11, (unsigned long long)f->r12);
	log_error("panic", "r13 %016llx r14 %016llx r15 %016llx",
		  (unsigned long long)f->r13, (unsigned long long)f->r14,
		  (unsigned long long)f->r15);
	backtrace(f->rsp);
}

static void dump_control(void)
{
	log_error("panic", "cr0 %llx cr2 %llx cr3 %llx cr4 %llx",
		  (unsigned long long)read_cr0(),
		  (unsigned long long)read_cr2(),
		  (unsigned long long)read_cr3(),
		  (unsigned long long)read_cr4());
}

/* A fault within a page of RSP, where nothing is mapped: the guard page. */
static bool stack_overflow(const struct exception_frame *f)
{
	u64 cr2 = read_cr2();

	return f->vector == VECTOR_DF && cr2 - (f->rsp - PAGE_SIZE) <
					 2 * PAGE_SIZE &&
	       !paging_mapped((const void *)cr2);
}

/* Become the one that panics, or never come back. */
static void enter_panic(struct cpu *cpu)
{
	u32 nobody = NO_CPU;

	cpu_cli();
	cpu->in_panic++;
	if (cpu->in_panic == 2)
		machine_end(END_PANIC, "panic-in-panic");
	if (cpu->in_panic > 2)
		halt_for_ever();
	if (!__atomic_compare_exchange_n(&panic_owner, &nobody, cpu->index,
					 false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		stop_this_cpu();
	console_async(false);
}

static _Noreturn void finish_panic(void)
{
	panic_stop_others();
	machine_end(END_PANIC, "panic");
}

void panic(const char *fmt, ...)
{
	va_list args;

	enter_panic(this_cpu());
	va_start(args, fmt);
	vformat(message, sizeof(message), fmt, args);
	va_end(args);
	log_error("panic", "%s", message);
	dump_control();
	backtrace((u64)__builtin_frame_address(0));
	finish_panic();
}

void panic_exception(const struct exception_frame *frame, const char *name)
{
	enter_panic(this_cpu());
	format(message, sizeof(message), "exception %s at %llx", name,
	       (unsigned long long)frame->rip);
	log_error("panic", "%s", message);
	if (stack_overflow(frame))
		log_error("panic", "stack overflow");
	dump_frame(frame);
	dump_control();
	finish_panic();
}

bool panic_take_nmi(const struct exception_frame *frame)
{
	u32 owner = __atomic_load_n(&panic_owner, __ATOMIC_ACQUIRE);
	struct cpu *cpu = this_cpu();

	if (owner == NO_CPU || owner == cpu->index)
		return false;
	if (!cpu->in_panic) {
		cpu->in_panic = 1;
		log_error("panic", "CPU %u stopped:", cpu->index);
		dump_frame(frame);
	}
	stop_this_cpu();
}

/* The compiler's word for it, where -fstack-protector finds a broken frame. */
_Noreturn void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
	panic("stack overwritten in the caller of %p",
	      __builtin_return_address(0));
}

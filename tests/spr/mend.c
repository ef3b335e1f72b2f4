/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deviations of Bochs 3.0 from the SDM that a correct hypervisor would trip
 * over, mended:
 *
 * 1. A physical interrupt in a guest delivers a virtual interrupt that is
 *    merely pending, even with RFLAGS.IF clear. SDM "Virtual-interrupt
 *    delivery": only at a boundary where IF = 1 and nothing blocks.
 * 2. A recognised virtual interrupt does not end the HLT state.
 * 3. A physical interrupt does not end the HLT state when IF = 0, the exit
 *    saves "active", and a posted interrupt that delivers nothing resumes the
 *    guest. SDM "Posted-interrupt processing": the CPU returns to HLT.
 * 4. With more than one CPU, an exception that is followed by an asynchronous
 *    VM exit leaves the RIP of the faulting instruction in the VMCS, with the
 *    handler's RSP: the loop of one CPU commits RIP there, this one does not.
 * 5. A notification that finds neither PIR nor VIRR set sets RVI to 255,
 *    "none" as a byte, and the guest gets that vector. SDM: RVI is the
 *    maximum of itself and the highest bit of PIR.
 * 6. VM entry masks physical interrupts by the guest's IF as outside a guest,
 *    until IF changes: a guest that is entered with IF = 0 and spins is never
 *    left. SDM "External-interrupt exiting": IF does not matter.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "patch.h"

#define EVENT_VIRTUAL_INTR	(1u << 9)
#define EVENT_PHYSICAL_INTR	(1u << 10 | 1u << 11)	/* PIC, LAPIC */
#define ACTIVITY_ACTIVE		0
#define ACTIVITY_HLT		1

static void (*ext_original)(void *cpu);
static bool (*wait_original)(void *cpu);
static bool (*async_original)(void *cpu);
static bool (*posted_original)(void *cpu, uint8_t vector);
static void (*inject_original)(void *cpu);
static void (*mask_change)(void *cpu);
static uint32_t (*vapic_read)(void *cpu, uint32_t offset);
static jmp_buf *main_loop;

/* Offsets in the CPU object; the three words of events follow activity. */
static uint32_t in_guest_offset, activity_offset, inhibit_offset;
static uint32_t rip_offset, prev_rip_offset, rvi_offset;

struct events {
	uint32_t activity;
	uint32_t pending;
	uint32_t mask;
};

/* The CPU that HLT let go for a physical interrupt, until it is handled. */
static uint8_t *left_hlt;

static struct events *events_of(uint8_t *cpu)
{
	return (struct events *)(cpu + activity_offset);
}

static uint32_t unmasked(const struct events *events)
{
	return events->pending & ~events->mask;
}

static bool wait_for_event(uint8_t *cpu)
{
	struct events *events = events_of(cpu);
	uint32_t wake = unmasked(events) &
			(EVENT_VIRTUAL_INTR | EVENT_PHYSICAL_INTR);

	left_hlt = NULL;
	if (!cpu[in_guest_offset] || events->activity != ACTIVITY_HLT || !wake)
		return wait_original(cpu);
	if (unmasked(events) == (wake & EVENT_PHYSICAL_INTR))
		left_hlt = cpu;
	events->activity = ACTIVITY_ACTIVE;
	*(uint32_t *)(cpu + inhibit_offset) = 0;
	return false;
}

static void handle_ext_interrupt(uint8_t *cpu)
{
	struct events *events = events_of(cpu);
	uint32_t masked = events->pending & events->mask & EVENT_VIRTUAL_INTR;
	bool halted = left_hlt == cpu;

	left_hlt = NULL;
	if (halted)
		events->activity = ACTIVITY_HLT;	/* what an exit saves */
	events->pending &= ~masked;
	ext_original(cpu);	/* returns from posted processing only */
	events->pending |= masked;
	if (!halted)
		return;
	if (!(unmasked(events) & EVENT_VIRTUAL_INTR))
		longjmp(*main_loop, 1);			/* HLT goes on */
	events->activity = ACTIVITY_ACTIVE;
}

/* Between instructions: what exits from here on is not their doing. */
static bool handle_async_event(uint8_t *cpu)
{
	*(uint64_t *)(cpu + prev_rip_offset) = *(uint64_t *)(cpu + rip_offset);
	return async_original(cpu);
}

static bool posted_processing(uint8_t *cpu, uint8_t vector)
{
	uint32_t virr = 0;

	if (!posted_original(cpu, vector))
		return false;
	for (uint32_t i = 0; i < 8; i++)
		virr |= vapic_read(cpu, 0x200 + 16 * i);
	if (!virr) {
		cpu[rvi_offset] = 0;
		events_of(cpu)->pending &= ~EVENT_VIRTUAL_INTR;
	}
	return true;
}

/* The first thing that an entry does when the CPU counts as in the guest. */
static void inject_events(void *cpu)
{
	mask_change(cpu);
	inject_original(cpu);
}

/* Take a displacement out of an instruction that must begin like @head. */
static uint32_t displacement(const uint8_t *code, const uint8_t *head,
			     size_t head_bytes, const char *what)
{
	uint32_t disp;

	if (memcmp(code, head, head_bytes))
		board_refuse(what);
	memcpy(&disp, code + head_bytes, sizeof(disp));
	return disp;
}

static void mend_rip(void)
{
	static const char async[] = "_ZN8BX_CPU_C16handleAsyncEventEv";
	static const char nop[] = "_ZN8BX_CPU_C3NOPEP15bxInstruction_c";
	/* endbr64; push; push */
	static const uint8_t async_head[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x55,
					      0x53 };
	/* mov rip(%rdi),%rax; mov %rax,prev_rip(%rdi) */
	static const uint8_t load[] = { 0x48, 0x8b, 0x87 };
	static const uint8_t store[] = { 0x48, 0x89, 0x87 };
	const uint8_t *nop_code = board_symbol(nop);

	rip_offset = displacement(nop_code + 0x0b, load, 3, nop);
	prev_rip_offset = displacement(nop_code + 0x15, store, 3, nop);
	async_original = board_replace(async, handle_async_event, async_head,
				       sizeof(async_head));
}

static void mend_posted(void)
{
	static const char name[] =
		"_ZN8BX_CPU_C31VMX_Posted_Interrupt_ProcessingEh";
	/* endbr64; push; cmp rvi(%rbx),%al */
	static const uint8_t head[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x57 };
	static const uint8_t compare[] = { 0x3a, 0x83 };
	const uint8_t *code = board_symbol(name);

	rvi_offset = displacement(code + 0x1cc, compare, 2, name);
	vapic_read = board_symbol("_ZN8BX_CPU_C21VMX_Read_Virtual_APICEj");
	posted_original = board_replace(name, posted_processing, head,
					sizeof(head));
}

void mend_init(void)
{
	static const char ext[] = "_ZN8BX_CPU_C18HandleExtInterruptEv";
	static const char wait[] = "_ZN8BX_CPU_C18handleWaitForEventEv";
	/* endbr64; push */
	static const uint8_t ext_head[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x55 };
	static const uint8_t wait_head[] = {
		0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x57 };
	/* cmpb $0,in_vmx_guest(%rbx); testb $2,pending_event+1(%rbx) */
	static const uint8_t guest[] = { 0x80, 0xbb };
	static const uint8_t pending[] = { 0xf6, 0x83 };
	/* movl $0,activity(%rbp); movl $0,inhibit_mask(%rbp) */
	static const uint8_t clear[] = { 0xc7, 0x85 };
	const uint8_t *ext_code = board_symbol(ext);
	const uint8_t *wait_code = board_symbol(wait);

	in_guest_offset = displacement(ext_code + 0x2a, guest, 2, ext);
	activity_offset = displacement(wait_code + 0x17b, clear, 2, wait);
	inhibit_offset = displacement(wait_code + 0x185, clear, 2, wait);
	if (displacement(ext_code + 0x36, pending, 2, ext) !=
	    activity_offset + offsetof(struct events, pending) + 1)
		board_refuse(ext);
	main_loop = board_symbol("_ZN8BX_CPU_C11jmp_buf_envE");
	ext_original = board_replace(ext, handle_ext_interrupt, ext_head,
				     sizeof(ext_head));
	wait_original = board_replace(wait, wait_for_event, wait_head,
				      sizeof(wait_head));
	mend_rip();
	mend_posted();
	mask_change = board_symbol("_ZN8BX_CPU_C25handleInterruptMaskChangeEv");
	inject_original = board_replace("_ZN8BX_CPU_C19VMenterInjectEventsEv",
					inject_events, wait_head,
					sizeof(wait_head));
}

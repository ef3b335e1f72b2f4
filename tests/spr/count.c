/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With SPR_COUNT=1: how many VMREAD, VMWRITE, RDMSR and WRMSR the hypervisor
 * executes between a VM exit and the next entry, by exit reason. A tick of
 * this emulator is one instruction whatever it costs on silicon, so the count
 * of the dear ones stands beside it. One CPU only.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "patch.h"

#define REASONS	80

enum counted { VMREAD, VMWRITE, RDMSR, WRMSR, COUNTED };

static const char *const counted_name[COUNTED] = {
	"VMREAD", "VMWRITE", "RDMSR", "WRMSR",
};

static struct {
	unsigned long exits;
	unsigned long sum[COUNTED];
} table[REASONS];

static void (*original[COUNTED])(void *cpu, void *insn);
static void (*original_exit)(void *cpu, uint32_t reason, uint64_t info);
static void (*original_launch)(void *cpu, void *insn);
static uint32_t reason_now;
static bool in_root;

/* The emulator leaves VMexit by longjmp: nothing can follow the call. */
static void vm_exit(void *cpu, uint32_t reason, uint64_t info)
{
	reason_now = reason & 0xffff;
	if (reason_now < REASONS) {
		table[reason_now].exits++;
		in_root = true;
	}
	original_exit(cpu, reason, info);
}

/* VMLAUNCH and VMRESUME. */
static void vm_launch(void *cpu, void *insn)
{
	in_root = false;
	original_launch(cpu, insn);
}

static void count(enum counted what)
{
	if (in_root)
		table[reason_now].sum[what]++;
}

static void vmread(void *cpu, void *insn)
{
	count(VMREAD);
	original[VMREAD](cpu, insn);
}

static void vmwrite(void *cpu, void *insn)
{
	count(VMWRITE);
	original[VMWRITE](cpu, insn);
}

static void rdmsr(void *cpu, void *insn)
{
	count(RDMSR);
	original[RDMSR](cpu, insn);
}

static void wrmsr(void *cpu, void *insn)
{
	count(WRMSR);
	original[WRMSR](cpu, insn);
}

/* endbr64 and the first whole instructions of each function. */
static const uint8_t push_r12[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x54 };
static const uint8_t push_r13[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x55 };
static const uint8_t push_r14[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x56 };

__attribute__((constructor)) static void count_init(void)
{
	if (!getenv("SPR_COUNT"))
		return;
	original_exit = board_replace("_ZN8BX_CPU_C6VMexitEjm", vm_exit,
				      push_r14, sizeof(push_r14));
	original_launch = board_replace(
		"_ZN8BX_CPU_C8VMLAUNCHEP15bxInstruction_c", vm_launch,
		push_r13, sizeof(push_r13));
	original[VMREAD] = board_replace(
		"_ZN8BX_CPU_C11VMREAD_EqGqEP15bxInstruction_c", vmread,
		push_r12, sizeof(push_r12));
	original[VMWRITE] = board_replace(
		"_ZN8BX_CPU_C12VMWRITE_GqEqEP15bxInstruction_c", vmwrite,
		push_r13, sizeof(push_r13));
	original[RDMSR] = board_replace("_ZN8BX_CPU_C5RDMSREP15bxInstruction_c",
					rdmsr, push_r12, sizeof(push_r12));
	original[WRMSR] = board_replace("_ZN8BX_CPU_C5WRMSREP15bxInstruction_c",
					wrmsr, push_r13, sizeof(push_r13));
}

__attribute__((destructor)) static void count_report(void)
{
	if (!original_exit)
		return;
	for (int reason = 0; reason < REASONS; reason++) {
		unsigned long exits = table[reason].exits;

		if (!exits)
			continue;
		fprintf(stderr, "COUNT reason %d: %lu exits;", reason, exits);
		for (int what = 0; what < COUNTED; what++)
			fprintf(stderr, " %s %.1f", counted_name[what],
				(double)table[reason].sum[what] / exits);
		fprintf(stderr, "\n");
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: a hardware task switch, which always leaves a guest. It may be
 * carried out or stop this VM with a dump that names it, no more.
 */
#include "lib/guest.h"

extern u32 task_old_tss[26], task_new_tss[26];
extern u8 task_switch[], task_new[];
static u8 stack[1024] __attribute__((aligned(16)));

static u64 tss_descriptor(const void *tss)
{
	u64 addr = (u64)tss;

	return 103 | (addr & 0xffffff) << 16 | 0x890000000000ul |
	       (addr >> 24) << 56;
}

int main(void)
{
	struct cpu *cpu = this_cpu();
	u32 i, got;

	task_new_tss[8] = (u32)(u64)task_new;
	task_new_tss[9] = 2;
	task_new_tss[14] = (u32)(u64)(stack + sizeof(stack));
	for (i = 18; i < 24; i++)
		task_new_tss[i] = i == 19 ? SEL_CODE32 : SEL_DATA;
	cpu->gdt[SEL_SPARE / 8] = tss_descriptor(task_old_tss);
	cpu->gdt[SEL_SPARE / 8 + 1] = tss_descriptor(task_new_tss);
	print("BEGIN hostile-task\n");
	cli();
	got = mode_run32((u32)(u64)task_switch, 0, 0);
	trap_load_idt();
	test_equal("hostile-task", got, 0x7a5c);
	return 0;
}

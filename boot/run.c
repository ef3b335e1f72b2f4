/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of every CPU: requests, then the scheduler's choice, then the
 * guest. IF=0 all the way, so a request or a kick that comes after it was
 * looked for stays pending as an interrupt and ends the guest or the HLT.
 */
#include "boot/run.h"

#include "apic/lapic.h"
#include "boot/machine.h"
#include "boot/monitor.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/sched.h"
#include "core/time.h"
#include "vmx/vm.h"

#include <hw/cpu.h>

/* How often CPU 0 looks while output or a UART without interrupt waits. */
#define CONSOLE_POLL_US	5000

static void serve_console(struct cpu *cpu)
{
	u64 poll_tsc;

	monitor_poll();
	machines_poll();
	console_drain();
	if (!monitor_wants_poll())
		return;
	poll_tsc = time_now_tsc() + time_us_to_tsc(CONSOLE_POLL_US);
	cpu->sched.slice_end_tsc = min(cpu->sched.slice_end_tsc, poll_tsc);
	cpu->sched.idle_wake_tsc = min(cpu->sched.idle_wake_tsc, poll_tsc);
}

static void answer_requests(struct cpu *cpu)
{
	u32 bits = __atomic_exchange_n(&cpu->shared->requests, 0,
				       __ATOMIC_ACQ_REL);

	if (bits & CPU_REQ_STOP) {
		vmx_cpu_off();
		for (;;)
			cpu_halt();
	}
}

static void idle(struct cpu *cpu)
{
	lapic_timer_arm(cpu->sched.idle_wake_tsc);
	cpu_sti_hlt_cli();
	lapic_timer_arm(TIME_NEVER);
}

void cpu_run(void)
{
	struct cpu *cpu = this_cpu();
	struct sched_entity *se;

	for (;;) {
		answer_requests(cpu);
		se = sched_pick(cpu, time_now_tsc());
		/* Between choice and run: a VM that starts kicks this CPU. */
		if (cpu->index == 0)
			serve_console(cpu);
		if (se)
			vcpu_run(se);
		else
			idle(cpu);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU data. GS base points to the CPU's own struct cpu; other CPUs see
 * struct cpu_shared only.
 */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include "core/sched.h"
#include "core/types.h"

#define MAX_CPUS	288

/* What other CPUs may touch. One cache line of its own. */
struct cpu_shared {
	u32 index;		/* set once: 0 is the boot CPU */
	u32 apic_id;		/* set once: physical x2APIC ID */
	u32 online;		/* atomic */
	u32 requests;		/* atomic: CPU_REQ_*, then cpu_kick() */
	u32 stopped;		/* atomic: halted for ever by a panic */
	struct sched_entity *incoming;	/* atomic: stack of entities to adopt */
} __aligned(64);

enum cpu_request {
	CPU_REQ_CONSOLE = 1 << 0,	/* console input waits (CPU 0) */
	CPU_REQ_VM = 1 << 1,		/* a VM changed state (CPU 0) */
	CPU_REQ_STOP = 1 << 2,		/* halt for ever: machine is ending */
	CPU_REQ_SCHED = 1 << 3,		/* sched_pick() has someone to wake */
};

struct cpu {
	struct cpu *self;	/* offset 0: this_cpu() reads %gs:0 */
	struct cpu_shared *shared;
	u32 index;		/* copy of shared->index */
	u32 lock_ranks;		/* of the locks held: bit n is rank n */
	struct sched sched;	/* this CPU's run queue */
	void *loaded_vcpu;	/* vmx: whose register state is in the CPU */
	u64 vmxon_hpa;		/* vmx: VMXON region, 0 while VMX is off */
	u64 irq_count;		/* host interrupts taken */
	u64 nmi_count;		/* NMIs that no panic sent */
	u8 in_panic;		/* depth: locks give up waiting */
};

extern u32 cpu_count;			/* CPUs online, set once at boot */
extern struct cpu_shared cpu_shared[MAX_CPUS];

/* Atomically add CPU_REQ_* bits to a CPU and make it look at them. */
void cpu_request(u32 cpu_index, u32 bits);
/* Force @cpu_index out of a guest or out of idle (host IPI). Cheap on self. */
void cpu_kick(u32 cpu_index);

#endif

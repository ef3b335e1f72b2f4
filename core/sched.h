/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU round-robin scheduler. An entity (a vCPU) belongs to one CPU; only
 * that CPU touches its queue, so there is no lock. Others set request bits in
 * the entity's atomic word and kick the CPU when the word was zero before:
 *
 *   other CPU                        owner CPU (IF=0 in root)
 *   old = fetch_or(requests, bit)    bits = xchg(requests, 0)
 *   if (!old) cpu_kick(cpu)          act on bits; enter guest
 *
 * A bit set after the exchange brings an IPI that stays pending until VM entry
 * and then exits at once: no request is lost. To a blocked entity it is not
 * enough to be kicked, as the CPU may be running another one without end:
 *
 *   old = fetch_or(requests, bit)    state = BLOCKED
 *   if (!old && state == BLOCKED)    back to sched_pick():
 *     cpu_request(CPU_REQ_SCHED)       if (requests) state = RUNNABLE
 *
 * Either the owner sees the bit, or the sender sees BLOCKED and calls the owner
 * back to sched_pick(). This holds on one CPU too, where a kick does nothing.
 */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include "core/types.h"

enum sched_state {
	SCHED_OFF,		/* not on any queue */
	SCHED_RUNNABLE,
	SCHED_BLOCKED,		/* waits for a request bit or for wake_tsc */
};

/* Request bits; the meaning beyond "look" belongs to vmx. */
enum sched_request {
	SCHED_REQ_EVENT = 1 << 0,	/* interrupt posted: sync the PIR */
	SCHED_REQ_NMI = 1 << 1,
	SCHED_REQ_INIT = 1 << 2,
	SCHED_REQ_SIPI = 1 << 3,
	SCHED_REQ_STOP = 1 << 4,	/* leave the CPU for good */
	SCHED_REQ_TLB = 1 << 5,		/* INVEPT before the next entry */
	SCHED_REQ_TIMER = 1 << 6,	/* wake_tsc has passed */
	SCHED_REQ_NMI2 = 1 << 7,	/* one more NMI, on top of _NMI */
};

struct sched_entity {
	/* Set at creation. */
	u32 cpu;		/* owner CPU index */
	u32 share;		/* weight, 100 is normal */
	/* Atomic. */
	u32 requests;		/* SCHED_REQ_* */
	/* Owner CPU; senders read it atomically. */
	enum sched_state state;
	/* Owner CPU only. */
	u64 wake_tsc;		/* while BLOCKED: TIME_NEVER or a deadline */
	u64 ran_tsc;		/* time spent running */
	u64 vruntime;		/* ran_tsc scaled by share */
	struct sched_entity *next;	/* queue, or the incoming stack */
};

struct sched {
	struct sched_entity *queue;	/* all entities of this CPU */
	struct sched_entity *current;	/* the one that was picked, or NULL */
	u64 current_since_tsc;	/* when it was picked, or last accounted */
	u64 slice_limit_tsc;	/* end of its own slice; TIME_NEVER if alone */
	u64 min_vruntime;	/* never falls: where newcomers start */
	bool gives_way;		/* current does not want the CPU just now */
	u64 slice_end_tsc;	/* run current until then; or TIME_NEVER */
	u64 idle_wake_tsc;	/* valid when nothing is runnable */
};

struct cpu;

/* Any CPU: hand @se to its CPU. It becomes RUNNABLE there. */
void sched_attach(struct sched_entity *se);
/* Owner CPU: take it off the queue; SCHED_OFF. */
void sched_detach(struct cpu *cpu, struct sched_entity *se);
/* Owner CPU: the current entity waits for a request or @wake_tsc. */
void sched_block(struct cpu *cpu, struct sched_entity *se, u64 wake_tsc);
/*
 * Owner CPU: adopt incoming entities, wake those with requests or a passed
 * deadline, choose the next. NULL: idle until idle_wake_tsc or a kick.
 * slice_end_tsc is the earliest of the slice and the others' deadlines.
 */
struct sched_entity *sched_pick(struct cpu *cpu, u64 now_tsc);
/*
 * Any CPU: set bits and kick the owner if it had none. On the owner CPU itself
 * this is for what runs before the next sched_take(): no IPI is sent. Returns
 * the bits that were set before.
 */
u32 sched_post(struct sched_entity *se, u32 bits);
/* Owner CPU: take all request bits. */
u32 sched_take(struct sched_entity *se);
/*
 * Owner CPU: the current entity spins; the next sched_pick() takes another one
 * if there is one.
 */
void sched_give_way(struct cpu *cpu);

#endif

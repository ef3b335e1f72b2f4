/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU scheduler: the runnable entity with the least virtual run time goes
 * next. Virtual run time is run time scaled by 100/share, so equal virtual
 * time means time in proportion to the shares. Only the owner CPU touches a
 * queue; see sched.h for the two words that others may write.
 *
 * The queue is a plain list: a CPU holds a few dozen entities at most and one
 * walk per pick also finds the earliest deadline.
 */
#include "core/sched.h"

#include "core/cpu.h"
#include "core/time.h"

#define SLICE_US	5000
/* How far behind the others a sleeper may start: bounds its latency debt. */
#define WAKE_CREDIT_US	5000
#define SHARE_NORMAL	100

/* Owner CPU. Full barrier: see the second protocol in sched.h. */
static void set_state(struct sched_entity *se, enum sched_state state)
{
	__atomic_store_n(&se->state, state, __ATOMIC_SEQ_CST);
}

static u64 scaled(const struct sched_entity *se, u64 ran_tsc)
{
	return ran_tsc * SHARE_NORMAL / (se->share ? se->share : 1);
}

/* Charge the current entity for the time since it was last charged. */
static void account(struct sched *s, u64 now_tsc)
{
	struct sched_entity *se = s->current;

	if (!se || now_tsc <= s->current_since_tsc)
		return;
	se->ran_tsc += now_tsc - s->current_since_tsc;
	se->vruntime += scaled(se, now_tsc - s->current_since_tsc);
	s->current_since_tsc = now_tsc;
}

/*
 * A sleeper must not bring a hoard of unused time with it, or it would keep
 * the others out for as long as it slept; a small credit lets it run soon.
 */
static void make_runnable(struct sched *s, struct sched_entity *se)
{
	u64 credit = time_us_to_tsc(WAKE_CREDIT_US);
	u64 floor = s->min_vruntime > credit ? s->min_vruntime - credit : 0;

	set_state(se, SCHED_RUNNABLE);
	se->wake_tsc = TIME_NEVER;
	se->vruntime = max(se->vruntime, floor);
}

/* Newcomers start level with the others, without a sleeper's credit. */
static void adopt_incoming(struct cpu *cpu)
{
	struct sched *s = &cpu->sched;
	struct sched_entity *se, *next;

	if (!__atomic_load_n(&cpu->shared->incoming, __ATOMIC_RELAXED))
		return;
	/* Acquire pairs with the release in sched_attach(). */
	se = __atomic_exchange_n(&cpu->shared->incoming, NULL,
				 __ATOMIC_ACQUIRE);
	for (; se; se = next) {
		next = se->next;
		se->vruntime = s->min_vruntime;
		make_runnable(s, se);
		se->next = s->queue;
		s->queue = se;
	}
}

/* True when @se became runnable just now. */
static bool wake_if_due(struct sched *s, struct sched_entity *se, u64 now_tsc)
{
	if (se->state != SCHED_BLOCKED)
		return false;
	if (now_tsc >= se->wake_tsc)
		__atomic_fetch_or(&se->requests, SCHED_REQ_TIMER,
				  __ATOMIC_RELAXED);
	/* The bits stay for sched_take(). */
	if (!__atomic_load_n(&se->requests, __ATOMIC_SEQ_CST))
		return false;
	make_runnable(s, se);
	return true;
}

struct survey {
	struct sched_entity *best;	/* least vruntime of the runnable */
	struct sched_entity *other;	/* the same, without the current one */
	struct sched_entity *woken;	/* the same, of those woken just now */
	u32 runnable;
	u64 wake_tsc;			/* earliest of the blocked */
};

static void least(struct sched_entity **best, struct sched_entity *se)
{
	if (!*best || se->vruntime < (*best)->vruntime)
		*best = se;
}

static void survey_queue(struct sched *s, struct survey *v, u64 now_tsc)
{
	for (struct sched_entity *se = s->queue; se; se = se->next) {
		bool woken = wake_if_due(s, se, now_tsc);

		if (se->state != SCHED_RUNNABLE) {
			v->wake_tsc = min(v->wake_tsc, se->wake_tsc);
			continue;
		}
		v->runnable++;
		least(&v->best, se);
		if (se != s->current)
			least(&v->other, se);
		if (woken)
			least(&v->woken, se);
	}
}

/*
 * A pick before the slice is over (this CPU had requests, or a deadline
 * passed) goes on with the same entity, unless one that woke has more right
 * to run: otherwise each kick would cost a switch of register state.
 */
static bool keep_current(const struct sched *s, const struct survey *v,
			 u64 now_tsc)
{
	const struct sched_entity *current = s->current;

	if (!current || current->state != SCHED_RUNNABLE)
		return false;
	if (s->gives_way && v->other)
		return false;
	if (v->woken && v->woken->vruntime < current->vruntime)
		return false;
	return now_tsc < s->slice_limit_tsc;
}

static u64 slice_limit(const struct survey *v, u64 now_tsc)
{
	if (v->runnable <= 1)
		return TIME_NEVER;
	return now_tsc + time_us_to_tsc(SLICE_US);
}

struct sched_entity *sched_pick(struct cpu *cpu, u64 now_tsc)
{
	struct survey v = { .wake_tsc = TIME_NEVER };
	struct sched *s = &cpu->sched;

	account(s, now_tsc);
	adopt_incoming(cpu);
	survey_queue(s, &v, now_tsc);
	s->idle_wake_tsc = v.wake_tsc;
	if (!v.best) {
		s->current = NULL;
		s->gives_way = false;
		s->slice_end_tsc = TIME_NEVER;
		return NULL;
	}
	s->min_vruntime = max(s->min_vruntime, v.best->vruntime);
	/* A slice without end ends when a second entity wants the CPU. */
	if (!keep_current(s, &v, now_tsc)) {
		s->current = s->gives_way && v.other ? v.other : v.best;
		s->slice_limit_tsc = slice_limit(&v, now_tsc);
	} else if (v.runnable == 1 || s->slice_limit_tsc == TIME_NEVER) {
		s->slice_limit_tsc = slice_limit(&v, now_tsc);
	}
	s->gives_way = false;
	s->current_since_tsc = now_tsc;
	s->slice_end_tsc = min(s->slice_limit_tsc, v.wake_tsc);
	return s->current;
}

void sched_attach(struct sched_entity *se)
{
	struct sched_entity **stack = &cpu_shared[se->cpu].incoming;

	se->next = __atomic_load_n(stack, __ATOMIC_RELAXED);
	/*
	 * Release: the owner sees @se complete. It takes the whole stack at
	 * once, so a node never comes back under a pusher's feet (no ABA).
	 */
	while (!__atomic_compare_exchange_n(stack, &se->next, se, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	cpu_kick(se->cpu);
}

void sched_detach(struct cpu *cpu, struct sched_entity *se)
{
	struct sched_entity **link = &cpu->sched.queue;

	adopt_incoming(cpu);
	account(&cpu->sched, time_now_tsc());
	while (*link && *link != se)
		link = &(*link)->next;
	if (*link)
		*link = se->next;
	se->next = NULL;
	set_state(se, SCHED_OFF);
	if (cpu->sched.current == se)
		cpu->sched.current = NULL;
}

void sched_block(struct cpu *cpu, struct sched_entity *se, u64 wake_tsc)
{
	(void)cpu;	/* the next sched_pick() there does the rest */
	se->wake_tsc = wake_tsc;
	/* Before that pick reads the requests; pairs with sched_post(). */
	set_state(se, SCHED_BLOCKED);
}

void sched_give_way(struct cpu *cpu)
{
	cpu->sched.gives_way = true;
}

u32 sched_post(struct sched_entity *se, u32 bits)
{
	u32 old;

	/*
	 * Full barrier: what the bit announces is visible before it; pairs
	 * with the exchange in sched_take(). Old bits mean that their setter
	 * has kicked and the owner has not looked yet.
	 */
	old = __atomic_fetch_or(&se->requests, bits, __ATOMIC_SEQ_CST);
	if (old)
		return old;
	if (__atomic_load_n(&se->state, __ATOMIC_SEQ_CST) == SCHED_BLOCKED)
		cpu_request(se->cpu, CPU_REQ_SCHED);
	else
		cpu_kick(se->cpu);
	return 0;
}

u32 sched_take(struct sched_entity *se)
{
	return __atomic_exchange_n(&se->requests, 0, __ATOMIC_SEQ_CST);
}

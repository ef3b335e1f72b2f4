/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posting an interrupt to a vCPU that runs, waits for its turn, or is blocked:
 * pi_post() and pi_drain() of apic/pi.c, sched_post(), sched_take(),
 * sched_block() and sched_pick() of core/sched.c, vlapic_sync(), and the loops
 * of vmx/run.c and boot/run.c, each atomic operation one step.
 *
 * One CPU has two vCPUs. A receives; B shares the CPU and may compute for ever.
 * Two senders on other CPUs post to A, and B posts to A once from its own exit
 * handler, where a kick does nothing because CPU and target are one. A's timer
 * fires once.
 *
 * To hold: when nobody can move any more, every vector that was posted has
 * been merged by A. A build with -DMUT_... is the same with one fault; each
 * must be caught (tests/models/run.sh).
 */

#define SENDERS	2
#define POSTS	2	/* of the first sender; 1 of the second */
#define VECTORS	3	/* one for each sender, one for B */

mtype = { RUNNABLE, BLOCKED };

bool pir[VECTORS];	/* posted-interrupt requests */
bool on;		/* outstanding notification */
bool event;		/* SCHED_REQ_EVENT of A */
mtype state = RUNNABLE;	/* of A */
bool cpu_request;	/* CPU_REQ_SCHED of the CPU */
bool kick;		/* IPI: stays pending until the CPU takes it */

bool virr;		/* something is merged that the guest has not seen */
byte done;		/* senders that have finished */
bool b_has_posted;
bool timer_has_fired;

/* core/sched.c: sched_post(); @remote: a kick reaches another CPU only. */
inline sched_post(old, seen, remote)
{
#ifdef MUT_KICK_BEFORE_BIT
	if
	:: remote -> kick = true
	:: else
	fi;
#endif
#ifdef MUT_STATE_BEFORE_BIT
	seen = state;
#endif
	d_step { old = event; event = true };
	if
	:: old
	:: else ->
#ifndef MUT_STATE_BEFORE_BIT
		seen = state;
#endif
#ifndef MUT_NO_CALL_TO_PICK
		if
		:: seen == BLOCKED -> cpu_request = true
		:: else
		fi;
#endif
#ifndef MUT_KICK_BEFORE_BIT
		if
		:: remote -> kick = true
		:: else
		fi
#endif
	fi
}

/* apic/pi.c: pi_post() and its caller's duty */
inline post(v, old, seen, remote)
{
#ifdef MUT_ON_BEFORE_PIR
	d_step { old = on; on = true };
	pir[v] = true;
	if
	:: old
	:: else -> sched_post(old, seen, remote)
	fi
#else
	d_step { old = pir[v]; pir[v] = true };
	if
	:: old
	:: else ->
#ifdef MUT_ON_NOT_ATOMIC
		old = on;
		on = true;
#else
		d_step { old = on; on = true };
#endif
		if
		:: old
		:: else -> sched_post(old, seen, remote)
		fi
	fi
#endif
}

active [SENDERS] proctype sender()
{
	byte i;
	bool old;
	mtype seen;

	for (i : 1 .. POSTS - _pid) {
		post(_pid, old, seen, true)
	}
	done++
}

inline merge(v)
{
	d_step {
		if
		:: pir[v] -> pir[v] = false; virr = true
		:: else
		fi
	}
}

/* apic/pi.c: pi_drain() */
inline drain()
{
	if
	:: on ->
#ifdef MUT_PIR_BEFORE_ON
		merge(0); merge(1); merge(2);
		on = false
#else
		on = false;
		merge(0); merge(1); merge(2)
#endif
	:: else
	fi
}

/* apic/vlapic.c: vlapic_sync() answers the request, then drains */
inline sync()
{
#ifdef MUT_ANSWER_AFTER_DRAIN
	drain();
	event = false
#else
	event = false;
	drain()
#endif
}

inline take(old)
{
	d_step { old = event; event = false }
}

inline timer()
{
	if
	:: !timer_has_fired ->
		timer_has_fired = true;
		virr = true;
		event = true	/* on the own CPU: no kick */
	:: true
	fi
}

active proctype cpu()
{
	bool old, halted;
	mtype seen;

pick:	/* boot/run.c: answer_requests(), then sched_pick() */
#ifndef MUT_ANSWER_AFTER_PICK
	cpu_request = false;
#endif
	if
	:: state == BLOCKED ->
#ifndef MUT_PICK_IGNORES_REQUESTS
		if
		:: event -> state = RUNNABLE
		:: else
		fi
#endif
	:: else
	fi;
#ifdef MUT_ANSWER_AFTER_PICK
	cpu_request = false;
#endif
	if
	:: state == RUNNABLE -> goto run_a
	:: goto run_b
	:: state == BLOCKED -> goto idle
	fi;

idle:	/* HLT with interrupts enabled: B is blocked as well */
	if
	:: kick -> kick = false; goto pick
	fi;

run_b:	/* B's exit handlers, then its ready(), then its guest */
	if
	:: !b_has_posted -> b_has_posted = true; post(2, old, seen, false)
	:: true
	fi;
	if
	:: cpu_request -> goto pick
	:: else
	fi;
	if
	:: kick -> kick = false; goto run_b
	:: state == RUNNABLE -> goto pick	/* the slice ends */
	:: !b_has_posted -> goto run_b		/* an exit of its own */
	fi;

run_a:	/* vmx/work.c: vcpu_work(), when there are requests or it halted */
	if
	:: halted || event ->
#ifndef MUT_TIMER_AFTER_TAKE
		timer();
#endif
		take(old);
#ifndef MUT_TAKE_WITHOUT_SYNC
		if
		:: old || halted -> sync()
		:: else
		fi;
#endif
		if
		:: halted && !virr ->
			state = BLOCKED;
			goto pick
		:: else -> halted = false
		fi
#ifdef MUT_TIMER_AFTER_TAKE
		;
		timer()
#endif
	:: else
	fi;
#ifndef MUT_TIMER_AFTER_TAKE
	if
	:: event -> goto run_a
	:: else
	fi;
#endif
	if
	:: cpu_request -> goto pick
	:: else
	fi;
#ifdef MUT_KICK_DROPPED_IN_ROOT
	kick = false;
#endif
	/* In the guest: it handles what was merged and goes on, or halts. */
	virr = false;
	if
	:: kick -> kick = false; goto run_a
	:: halted = true; goto run_a
	:: goto pick				/* the slice ends */
	:: true ->	/* it may also compute for ever, without an exit */
		if
		:: kick -> kick = false; goto run_a
		fi
	:: !timer_has_fired -> timer(); goto run_a
	fi
}

/* Nobody can move: A is in its guest or blocked, and nothing is left over. */
active proctype monitor()
{
	timeout ->
	assert(done == SENDERS);
	assert(!pir[0] && !pir[1] && !pir[2]);
	assert(!(state == BLOCKED && event))
}

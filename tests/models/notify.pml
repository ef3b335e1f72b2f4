/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posted interrupts with a notification vector for each vCPU: the states of
 * apic/pi.c, the slots of apic/notify.c, vmx/load.c and the loops of vmx/run.c
 * and boot/run.c, each atomic operation one step. Senders are CPUs that walk
 * the PID-pointer table, in silicon or in software.
 *
 * One CPU has two vCPUs. A receives; B shares the CPU and may compute for
 * ever, or wait. Two senders on other CPUs post to A.
 *
 * To hold: when nobody can move any more, every vector that was posted has
 * been merged by A. A build with -DMUT_... is the same with one fault; each
 * must be caught (tests/models/run.sh).
 */

#define SENDERS	2
#define POSTS	2

mtype = { RUNNABLE, BLOCKED };

bool pir[SENDERS];	/* posted-interrupt requests */
bool on;		/* outstanding notification */
bool sn = true;		/* suppress notification: A is not loaded yet */
bool nv;		/* A's vector waits in the CPU's local APIC */
bool event;		/* SCHED_REQ_EVENT of A */
bool cpu_request;	/* CPU_REQ_SCHED of the CPU */
mtype state = RUNNABLE;	/* of A */
bool a_is_loaded;	/* A's state is in the CPU, else B's */
bool virr;		/* merged, and not seen by the guest */
byte done;

/* The CPU's own posting has no shortcut for PIR[v] = 1; software has. */
active [SENDERS] proctype sender()
{
	byte i;
	bool was_set, quiet;

	for (i : 1 .. POSTS) {
#ifdef MUT_ON_BEFORE_PIR
		d_step { quiet = on || sn; on = on || !quiet };
		pir[_pid] = true;
#else
		d_step { was_set = pir[_pid]; pir[_pid] = true };
		if
		:: was_set -> quiet = true	/* software */
		:: d_step { quiet = on || sn; on = on || !quiet }
		fi;
#endif
		if
		:: quiet
		:: else -> nv = true
		fi
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

/* The same in pi_drain() and in the CPU's posted-interrupt processing. */
inline drain()
{
#ifdef MUT_PIR_BEFORE_ON
	merge(0); merge(1);
	on = false
#else
	on = false;
	merge(0); merge(1)
#endif
}

/* apic/notify.c: handle_notify(), on A's CPU */
inline handler()
{
	nv = false;
#ifndef MUT_HANDLER_ONLY_ENDS_IT
	event = true;
#endif
#ifndef MUT_HANDLER_CALLS_NOBODY
	if
	:: state == BLOCKED -> cpu_request = true
	:: else
	fi
#endif
}

/* apic/pi.c: pi_load() */
inline load_a()
{
#ifdef MUT_LOAD_LOOKS_BEFORE_SN
	posted = pir[0] || pir[1];
	sn = false;
#else
	sn = false;
	posted = pir[0];
	posted = posted || pir[1];
#endif
	if
	:: on -> sync = true
#ifndef MUT_LOAD_IGNORES_PIR
	:: !on && posted -> on = true; sync = true
	:: !on && !posted
#else
	:: !on
#endif
	fi;
	a_is_loaded = true
}

inline load_b()
{
	if
#ifdef MUT_BLOCKED_WITH_SN
	:: a_is_loaded -> sn = true
#else
	:: a_is_loaded && state == RUNNABLE -> sn = true
#endif
	:: else
	fi;
	a_is_loaded = false
}

active proctype cpu()
{
	bool halted, sync, posted;

pick:	/* boot/run.c: answer_requests(), then sched_pick() */
	cpu_request = false;
	if
	:: state == BLOCKED && event -> state = RUNNABLE
	:: else
	fi;
	if
	:: state == RUNNABLE -> goto run_a
	:: goto run_b
	:: state == BLOCKED -> goto idle
	fi;

idle:	/* B waits as well: HLT with interrupts enabled */
	if
	:: nv -> handler(); goto pick
	fi;

run_b:	load_b();
guest_b:
	if
	:: cpu_request -> goto pick
	:: else
	fi;
	if
#ifdef MUT_ONE_VECTOR_FOR_ALL
	:: nv -> nv = false; goto guest_b	/* taken as B's own */
#else
	:: nv -> handler(); goto guest_b	/* an exit */
#endif
	:: state == RUNNABLE -> goto pick	/* the slice ends */
	fi;

run_a:	if
	:: !a_is_loaded -> load_a()
	:: else
	fi;
work:	/* vmx/work.c: vcpu_work() */
	if
	:: event || sync || halted ->
		event = false;
		sync = false;
		if
		:: on -> drain()
		:: else
		fi;
		if
		:: halted && !virr -> state = BLOCKED; goto pick
		:: else -> halted = false
		fi
	:: else
	fi;
	if
	:: cpu_request -> goto pick
	:: else
	fi;
#ifdef MUT_DROPPED_IN_ROOT
	nv = false;
#endif
guest_a:	/* It handles what was merged. */
	virr = false;
	if
	:: nv -> nv = false; drain(); goto guest_a	/* no exit */
	:: halted = true; goto work
	:: goto pick				/* the slice ends */
	:: true ->	/* it may compute for ever */
		if
		:: nv -> nv = false; drain(); goto guest_a
		fi
	fi
}

/* Nobody can move: A is in its guest or blocked, and nothing is left over. */
active proctype monitor()
{
	timeout ->
	assert(done == SENDERS);
	assert(!pir[0] && !pir[1]);
	assert(!(state == BLOCKED && event))
}

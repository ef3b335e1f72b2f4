/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posting into and draining of a posted-interrupt descriptor, SDM "Posted-
 * interrupt processing". Software, IPI virtualization and VT-d all follow the
 * same two steps, so they may post to one descriptor at the same time:
 *
 *   sender                            owner CPU
 *   1 PIR[v] := 1   (locked)          1 ON := 0            (locked)
 *   2 if ON and SN were 0: ON := 1,   2 PIR[i] := 0, merge (locked, each word)
 *     notify NV at NDST
 *
 * The owner must clear ON first. In the other order a vector that is posted
 * between the two steps finds ON = 1, sends no notification, and then loses
 * its ON: it would wait for the next, unrelated interrupt.
 *
 * Where a vCPU is, and what the descriptor says (all written by the owner CPU
 * but ON; NV is a vector that this vCPU alone has on that CPU, apic/notify.c):
 *
 *   state		SN NV	NDST	set by		notification
 *   not loaded yet	1  0	0	notify_attach	none: pi_load looks
 *   running		0  slot	CPU	pi_load		taken in the guest,
 *							no exit
 *   in root		0  slot	CPU	-		pends until the entry,
 *							taken there
 *   blocked		0  slot	CPU	- (as running)	host interrupt: wakes
 *							exactly this vCPU
 *   preempted		1  slot	CPU	pi_preempt	none: pi_load looks
 *   migrating		1  old	old	pi_preempt	none: pi_load on the
 *							new CPU looks
 *   left for good	1  0	0	pi_retire	none
 *   without hardware	0  0	0	never written	sched_post() instead
 *
 * A blocked vCPU never has SN = 1: nobody would wake it. A vCPU that wakes
 * while another runs keeps SN = 0 and costs the other at most one exit, since
 * ON then stays 1 until the load. A notification under way to a CPU that the
 * target has left hits an empty slot or a stranger, to whom it is spurious;
 * the vector itself is in PIR, and pi_load looks there.
 */
#include "apic/pi.h"

static void count(u64 *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

bool pi_post(struct pi_desc *pid, u8 vector, u64 *control)
{
	u64 bit = BIT(vector % 64);
	u64 old;

	/* Whoever set the bit before us owes the notification for it too. */
	if (__atomic_fetch_or(&pid->pir[vector / 64], bit, __ATOMIC_SEQ_CST) &
	    bit)
		goto suppressed;
	/*
	 * Orders the PIR bit before ON; pairs with pi_drain(), which reads
	 * PIR after it has cleared ON, and with pi_load(), which reads PIR
	 * after it has cleared SN.
	 */
	old = __atomic_load_n(&pid->control, __ATOMIC_SEQ_CST);
	do {
		if (old & (PI_ON | PI_SN))
			goto suppressed;
	} while (!__atomic_compare_exchange_n(&pid->control, &old, old | PI_ON,
					      true, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	*control = old;
	count(&pid->sent);
	return true;

suppressed:
	count(&pid->suppressed);
	return false;
}

bool pi_drain(struct pi_desc *pid, u64 irr[4])
{
	bool any = false;

	if (!(__atomic_load_n(&pid->control, __ATOMIC_RELAXED) & PI_ON))
		return false;
	__atomic_fetch_and(&pid->control, ~PI_ON, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < 4; i++) {
		/* Most words are empty; a read is cheaper than a locked op. */
		if (!__atomic_load_n(&pid->pir[i], __ATOMIC_SEQ_CST))
			continue;
		irr[i] |= __atomic_exchange_n(&pid->pir[i], 0,
					      __ATOMIC_SEQ_CST);
		any = true;
	}
	return any;
}

static bool any_posted(const struct pi_desc *pid)
{
	u64 all = 0;

	for (u32 i = 0; i < 4; i++)
		all |= __atomic_load_n(&pid->pir[i], __ATOMIC_SEQ_CST);
	return all;
}

/* ON may be set by a sender at any time: keep it, replace the rest. */
static u64 set_control(struct pi_desc *pid, u64 rest)
{
	u64 old = __atomic_load_n(&pid->control, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(&pid->control, &old,
					    rest | (old & PI_ON), true,
					    __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED))
		;
	return old;
}

bool pi_load(struct pi_desc *pid, u8 nv, u32 ndst)
{
	u64 old = set_control(pid, field_prep(PI_NV, nv) |
				   field_prep(PI_NDST, ndst));

	if (old & PI_ON)
		return true;
	/* Senders that found SN set have left no ON behind: do it for them. */
	if (!any_posted(pid))
		return false;
	__atomic_fetch_or(&pid->control, PI_ON, __ATOMIC_SEQ_CST);
	return true;
}

void pi_preempt(struct pi_desc *pid)
{
	__atomic_fetch_or(&pid->control, PI_SN, __ATOMIC_SEQ_CST);
}

void pi_retire(struct pi_desc *pid)
{
	(void)set_control(pid, PI_SN);
}

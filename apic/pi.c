/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posting into and draining of a posted-interrupt descriptor, SDM "Posted-
 * interrupt processing". Software, IPI virtualization and VT-d all follow the
 * same two steps, so they may post to one descriptor at the same time:
 *
 *   sender                            owner CPU
 *   1 PIR[v] := 1   (locked)          1 ON := 0            (locked)
 *   2 if ON was 0: ON := 1, notify    2 PIR[i] := 0, merge (locked, each word)
 *
 * The owner must clear ON first. In the other order a vector that is posted
 * between the two steps finds ON = 1, sends no notification, and then loses
 * its ON: it would wait for the next, unrelated interrupt.
 */
#include "apic/pi.h"

bool pi_post(struct pi_desc *pid, u8 vector)
{
	u64 bit = BIT(vector % 64);

	/* Whoever set the bit before us owes the notification for it too. */
	if (__atomic_fetch_or(&pid->pir[vector / 64], bit, __ATOMIC_SEQ_CST) &
	    bit)
		return false;
	/*
	 * Orders the PIR bit before ON; pairs with pi_drain(), which reads
	 * PIR after it has cleared ON.
	 */
	return !(__atomic_fetch_or(&pid->control, PI_ON, __ATOMIC_SEQ_CST) &
		 PI_ON);
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

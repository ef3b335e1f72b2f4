/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two byte rings between a VM's UART (and debugcon) and the host console.
 * Single producer, single consumer each way; a full output ring drops and
 * counts, so a guest that prints can never block an exit. The guest side is
 * one producer: vCPUs that share a VM serialise by their device's lock.
 */
#ifndef CORE_VCONSOLE_H
#define CORE_VCONSOLE_H

#include "core/types.h"

#define VCONSOLE_OUT_BYTES	8192	/* powers of two */
#define VCONSOLE_IN_BYTES	256

struct vconsole {
	/* Atomic indices, free-running. */
	u32 out_head, out_tail;
	u32 in_head, in_tail;
	u32 notified;		/* atomic: CPU 0 knows that there is output */
	u64 out_dropped;	/* written by the guest side only */
	char out[VCONSOLE_OUT_BYTES];
	char in[VCONSOLE_IN_BYTES];
};

/*
 * Guest side. True: the host does not know of the output yet, and the caller
 * owes it a cpu_request(0, CPU_REQ_CONSOLE) (after dropping its locks).
 */
bool vconsole_out(struct vconsole *vc, char c) __must_check;
int vconsole_in(struct vconsole *vc);		/* -1: empty */
static inline bool vconsole_in_ready(const struct vconsole *vc)
{
	/* Pairs with the release in vconsole_put(). */
	return __atomic_load_n(&vc->in_head, __ATOMIC_ACQUIRE) !=
	       READ_ONCE(vc->in_tail);
}
/* Host side (CPU 0). */
size_t vconsole_take(struct vconsole *vc, char *buf, size_t size_bytes);
/* True: call vconsole_take() until this is false. */
bool vconsole_out_ready(const struct vconsole *vc);
bool vconsole_put(struct vconsole *vc, char c);	/* false: full */
bool vconsole_in_full(const struct vconsole *vc);

#endif

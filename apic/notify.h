/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notification vectors. Each vCPU that belongs to a CPU has a slot there, and
 * slot s has the vector VECTOR_NOTIFY + s of its own: whoever takes it knows
 * whom to wake without a list or a lock.
 */
#ifndef APIC_NOTIFY_H
#define APIC_NOTIFY_H

#include "apic/vlapic.h"
#include "core/types.h"

/* Boot CPU, once. */
void notify_init(void);

/* Owner CPU, the next four; a vCPU without a slot ignores the last three. */
/* Take a slot; false: none is free, and this vCPU does without. */
bool notify_attach(struct vlapic *v);
/* The vCPU's state goes into the CPU. True: PIR is to be merged. */
bool notify_load(struct vlapic *v);
/* Another one's state takes its place while it could go on. */
void notify_preempt(struct vlapic *v);
/* It leaves this CPU. */
void notify_detach(struct vlapic *v);

/* Any CPU: what pi_post() said is owed. @control names a slot. */
void notify_send(u64 control);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots of notification vectors. A CPU's slots are touched by that CPU only,
 * with IF = 0, so there is no lock and a slot that was emptied is not used by
 * a handler any more.
 *
 * The vector of the vCPU that runs is consumed by the CPU in the guest (SDM
 * "Posted-interrupt processing"). Here it arrives when the vCPU is blocked, or
 * when the idle loop took it, or when it came too late: then it is spurious,
 * and spurious is what each of these actions may be.
 */
#include "apic/notify.h"

#include <hw/cpu.h>

#include "apic/lapic.h"
#include "apic/vlapic_regs.h"
#include "core/cpu.h"
#include "core/irq.h"

static struct vlapic *slots[MAX_CPUS][NOTIFY_SLOTS];

static struct vlapic **slot_of(u8 vector)
{
	return &slots[this_cpu()->index][vector - VECTOR_NOTIFY];
}

/* On the target's own CPU: merge PIR, and wake it if it is blocked. */
static void notify_here(u8 vector)
{
	struct vlapic *v = *slot_of(vector);

	if (!v)
		return;
	if (v->se->state == SCHED_BLOCKED)
		v->pid->wakeups++;
	sched_post(v->se, SCHED_REQ_EVENT);
}

static void handle_notify(u8 vector)
{
	lapic_eoi();
	notify_here(vector);
}

void notify_init(void)
{
	irq_set_range(VECTOR_NOTIFY, NOTIFY_SLOTS, handle_notify);
}

static u32 ndst_here(void)
{
	return lapic_ndst(this_cpu()->shared->apic_id);
}

bool notify_attach(struct vlapic *v)
{
	struct vlapic **slot = slots[this_cpu()->index];

	for (u32 s = 0; s < NOTIFY_SLOTS; s++) {
		if (slot[s])
			continue;
		slot[s] = v;
		v->notify_vector = (u8)(VECTOR_NOTIFY + s);
		pi_preempt(v->pid);	/* until the load */
		return true;
	}
	return false;
}

bool notify_load(struct vlapic *v)
{
	return v->notify_vector &&
	       pi_load(v->pid, v->notify_vector, ndst_here());
}

void notify_preempt(struct vlapic *v)
{
	if (v->notify_vector)
		pi_preempt(v->pid);
}

/*
 * Senders first: who reads the table from now on exits, and software does not
 * find it accepting. What was posted goes with the vCPU.
 */
void notify_detach(struct vlapic *v)
{
	u8 vector = v->notify_vector;

	if (!vector)
		return;
	v->notify_vector = 0;
	vlapic_publish(v);
	pi_retire(v->pid);
	*slot_of(vector) = NULL;
}

void notify_send(u64 control)
{
	u8 vector = (u8)field_get(PI_NV, control);
	u32 ndst = (u32)field_get(PI_NDST, control);

	/* An IPI to oneself would end the next guest run for nothing. */
	if (ndst == ndst_here())
		notify_here(vector);
	else
		lapic_send_ipi(lapic_ndst_id(ndst), vector);
}

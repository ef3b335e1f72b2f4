/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PID-pointer table and its walk against a reference that was written from
 * the SDM's text, and the notification vectors that the walk ends with.
 */
#include "apic/ipiv.h"

#include <hw/cpu.h>
#include <hw/phys.h>

#include "apic/icr.h"
#include "apic/notify.h"
#include "tests/unit/apic/fixture.h"

#define VCPUS		4
#define TABLE_HPA	0x100000ull
#define PID_HPA(i)	(0x200000ull + PAGE_SIZE * (i))

static struct cpu fix_cpu;

/* The test plays CPU @index. The lapic is in xAPIC mode: NDST is id << 8. */
static void on_cpu(u32 index)
{
	fix_cpu.index = index;
	fix_cpu.shared = &cpu_shared[index];
	cpu_shared[index].apic_id = index + 0x10;
	hw_set_this_cpu(&fix_cpu);
}

/* vCPU i on CPU i, enabled, with a slot, its state in its CPU. */
static struct vlapic *fix_posting(void)
{
	struct vlapic *v = fix_init(VCPUS);

	hw_ram_reset();
	fix_ipis = 0;
	fix_domain.pid_table = phys_to_virt(TABLE_HPA);
	fix_domain.pid_table_hpa = TABLE_HPA;
	fix_domain.pid_table_entries = VCPUS;
	memset(fix_domain.pid_table, 0, PAGE_SIZE);
	for (u32 i = 0; i < VCPUS; i++) {
		v[i].pid_hpa = PID_HPA(i);
		v[i].pid = phys_to_virt(PID_HPA(i));
		memset(v[i].pid, 0, sizeof(*v[i].pid));
		on_cpu(i);
		EXPECT(notify_attach(&v[i]));
		EXPECT(!notify_load(&v[i]));
		fix_se[i].state = SCHED_RUNNABLE;
		fix_enable(&v[i]);
	}
	on_cpu(0);
	fix_clear();
	return v;
}

static void fix_leave(struct vlapic *v)
{
	for (u32 i = 0; i < VCPUS; i++) {
		on_cpu(i);
		notify_detach(&v[i]);
	}
}

TEST(an_entry_is_valid_while_the_apic_accepts_fixed)
{
	struct vlapic *v = fix_posting();
	const u64 *entry = &fix_domain.pid_table[1];

	EXPECT_EQ(*entry, PID_HPA(1) | 1);
	vlapic_mmio_write(&v[1], APIC_SVR, 0xff);
	EXPECT_EQ(*entry, 0);
	fix_enable(&v[1]);
	EXPECT_EQ(*entry, PID_HPA(1) | 1);
	vlapic_reset(&v[1]);		/* INIT: wait-for-SIPI */
	EXPECT_EQ(*entry, 0);
	fix_enable(&v[1]);
	fix_x2apic(&v[1]);
	EXPECT_EQ(*entry, PID_HPA(1) | 1);
	EXPECT_EQ(vlapic_set_base(&v[1], VLAPIC_GPA), 0);	/* off */
	EXPECT_EQ(*entry, 0);
	fix_leave(v);
	EXPECT_EQ(fix_domain.pid_table[0], 0);
}

TEST(a_guest_cannot_move_its_entry_by_its_id)
{
	struct vlapic *v = fix_posting();

	vlapic_set(&v[1], APIC_ID, 3u << 24);
	vlapic_apic_write(&v[1], APIC_ID);
	EXPECT_EQ(vlapic_get(&v[1], APIC_ID), 1u << 24);
	EXPECT_EQ(fix_domain.pid_table[1], PID_HPA(1) | 1);
	fix_leave(v);
}

TEST(without_a_slot_there_is_no_entry)
{
	struct vlapic *v = fix_init(1);
	u64 table[1] = { 0 };

	fix_domain.pid_table = table;
	fix_domain.pid_table_entries = 1;
	fix_enable(v);
	EXPECT_EQ(table[0], 0);
	EXPECT(!ipiv_walk(&fix_domain, 0x4045, 0));
}

/* 64 vCPUs have a vector each, the next has none, a free one is found. */
TEST(slots_run_out_and_come_back)
{
	struct vlapic *v = fix_init(FIX_MAX);
	static struct vlapic extra;
	static struct pi_desc pid;

	on_cpu(7);
	for (u32 i = 0; i < NOTIFY_SLOTS; i++) {
		EXPECT(notify_attach(&v[i]));
		EXPECT_EQ(v[i].notify_vector, VECTOR_NOTIFY + i);
	}
	extra.pid = &pid;
	extra.domain = &fix_domain;
	EXPECT(!notify_attach(&extra));
	EXPECT(!notify_load(&extra));
	EXPECT_EQ(pid.control, 0);
	notify_detach(&v[5]);
	EXPECT(notify_attach(&extra));
	EXPECT_EQ(extra.notify_vector, VECTOR_NOTIFY + 5);
	v[5].notify_vector = extra.notify_vector;
	for (u32 i = 0; i < NOTIFY_SLOTS; i++)
		notify_detach(&v[i]);
}

TEST(a_running_target_is_notified_by_its_vector_only)
{
	struct vlapic *v = fix_posting();

	EXPECT(ipiv_walk(&fix_domain, 0x4045, 2));
	EXPECT_EQ(fix_ipis, 1);
	EXPECT_EQ(fix_ipi_id, 0x12);
	EXPECT_EQ(fix_ipi_vector, v[2].notify_vector);
	EXPECT_EQ(fix_se[2].requests, 0);	/* no kick, no exit */
	EXPECT_EQ(fix_kicks[2], 0);
	EXPECT(ipiv_walk(&fix_domain, 0x4046, 2));
	EXPECT_EQ(fix_ipis, 1);			/* ON: one is under way */
	fix_leave(v);
}

TEST(a_preempted_target_is_not_notified_and_finds_it)
{
	struct vlapic *v = fix_posting();

	notify_preempt(&v[2]);
	EXPECT(ipiv_walk(&fix_domain, 0x4045, 2));
	EXPECT_EQ(fix_ipis, 0);
	on_cpu(2);
	EXPECT(notify_load(&v[2]));
	EXPECT_EQ(vlapic_sync(&v[2]), 0x45);
	fix_leave(v);
}

/* vCPU 3 has come to CPU 0, blocked, beside vCPU 0. */
TEST(on_the_own_cpu_the_target_is_woken_without_an_ipi)
{
	struct vlapic *v = fix_posting();

	on_cpu(3);
	notify_detach(&v[3]);
	on_cpu(0);
	fix_se[3].cpu = 0;
	EXPECT(notify_attach(&v[3]));
	EXPECT(v[3].notify_vector != v[0].notify_vector);
	vlapic_publish(&v[3]);
	EXPECT(!notify_load(&v[3]));
	fix_se[3].state = SCHED_BLOCKED;
	EXPECT(ipiv_walk(&fix_domain, 0x4045, 3));
	EXPECT_EQ(fix_ipis, 0);
	EXPECT_EQ(fix_se[3].requests, SCHED_REQ_EVENT);
	EXPECT_EQ(fix_se[0].requests, 0);
	EXPECT(cpu_shared[0].requests & CPU_REQ_SCHED);
	EXPECT_EQ(v[3].pid->wakeups, 1);
	notify_detach(&v[3]);
	fix_leave(v);
}

/* It waits where the CPU does not look, so the owner is called by a kick. */
TEST(a_level_triggered_vector_is_never_in_pir)
{
	struct vlapic *v = fix_posting();

	EXPECT(apic_domain_post(&fix_domain, 1, 0x45, true));
	EXPECT_EQ(v[1].pid->pir[1], 0);
	EXPECT_EQ(fix_ipis, 0);
	EXPECT_EQ(fix_se[1].requests, SCHED_REQ_EVENT);
	EXPECT_EQ(vlapic_sync(&v[1]), 0x45);
	EXPECT(vlapic_test_vector(&v[1], APIC_TMR, 0x45));
	/* As an edge it goes by PIR again, with a kick for TMR this once. */
	EXPECT(apic_domain_post(&fix_domain, 1, 0x45, false));
	EXPECT_EQ(v[1].pid->pir[1], BIT(5));
	EXPECT_EQ(fix_se[1].requests, SCHED_REQ_EVENT);
	vlapic_sync(&v[1]);
	EXPECT(!vlapic_test_vector(&v[1], APIC_TMR, 0x45));
	fix_leave(v);
}

/* ---- The walk against a reference ---- */

static u64 seed = 88172645463325252ull;

static u64 draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

struct reference {
	u64 pir[4];
	bool on, sn;
};

/* "IPI virtualization", as a list of conditions; true: no exit. */
static bool reference_ipi(const u64 *table, u32 last, struct reference *pid,
			  u32 icr, u32 dest, bool *notified)
{
	struct reference *target;
	u32 vector = icr & 0xff;

	*notified = false;
	if (icr >> 20 || (icr >> 16 & 3) || (icr >> 13 & 1))
		return false;			/* reserved */
	if ((icr >> 18 & 3) || (icr >> 15 & 1) || (icr >> 12 & 1) ||
	    (icr >> 11 & 1) || (icr >> 8 & 7))
		return false;			/* not unicast fixed edge */
	if (vector < 16 || dest > last || (table[dest] & 0x3f) != 1)
		return false;
	target = &pid[dest];
	target->pir[vector >> 6] |= 1ull << (vector & 63);
	if (!target->on && !target->sn) {
		target->on = true;
		*notified = true;
	}
	return true;
}

static u32 random_icr(void)
{
	u32 icr = (u32)draw() & 0x40ff;

	if (draw() % 4 == 0)
		icr |= 1u << (draw() % 32);
	return icr;
}

/* Software's shortcut: with PIR[v] set already ON is left as it is. */
static void compare(const struct vlapic *v, const struct reference *r)
{
	for (u32 w = 0; w < 4; w++)
		EXPECT_EQ(v->pid->pir[w], r->pir[w]);
	EXPECT_EQ(!!(v->pid->control & PI_ON), r->on);
	EXPECT_EQ(!!(v->pid->control & PI_SN), r->sn);
}

static void change_state(struct vlapic *v, struct reference *r)
{
	u64 irr[4] = { 0 };

	on_cpu(v->id);
	if (draw() % 2) {
		notify_preempt(v);
		r->sn = true;
	} else {
		(void)notify_load(v);
		pi_drain(v->pid, irr);
		for (u32 w = 0; w < 4; w++)
			EXPECT_EQ(irr[w], r->pir[w]);
		memset(r, 0, sizeof(*r));
	}
	on_cpu(0);
}

static void random_step(struct vlapic *v, struct reference *pid)
{
	u32 icr = random_icr(), dest = (u32)draw() % (VCPUS + 2), before;
	bool accepted, notified, posted;

	if (draw() % 16 == 0) {
		struct vlapic *t = &v[1 + draw() % (VCPUS - 1)];

		change_state(t, &pid[t->id]);
		return;
	}
	if (dest == 0)
		dest = ~0u;		/* itself has no IPI: another test */
	if (draw() % 32 == 0) {		/* software-disable, or enable again */
		struct vlapic *t = &v[1 + draw() % (VCPUS - 1)];

		ipiv_publish(t, draw() % 4);
	}
	before = fix_ipis;
	posted = ipiv_walk(&fix_domain, icr, dest);
	accepted = reference_ipi(fix_domain.pid_table, VCPUS - 1, pid, icr,
				 dest, &notified);
	EXPECT_EQ(posted, accepted);
	EXPECT_EQ(fix_ipis - before, notified);
	if (notified)
		EXPECT_EQ(fix_ipi_vector, v[dest].notify_vector);
	if (accepted)
		compare(&v[dest], &pid[dest]);
}

TEST(a_million_random_icr_values)
{
	struct vlapic *v = fix_posting();
	struct reference pid[VCPUS] = { 0 };

	for (u32 i = 0; i < 1000000; i++)
		random_step(v, pid);
	fix_leave(v);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain with a few virtual APICs, a clock that the test moves, and kicks
 * that are only counted. Included once by a test program.
 */
#ifndef TESTS_UNIT_APIC_FIXTURE_H
#define TESTS_UNIT_APIC_FIXTURE_H

#include "apic/domain.h"
#include "apic/lapic.h"
#include "apic/vlapic_regs.h"
#include "core/cpu.h"
#include "core/err.h"
#include "core/string.h"
#include "core/time.h"

#include "tests/unit/test.h"

#define FIX_MAX		64
#define FIX_TSC_HZ	2000000000ull
#define FIX_TIMER_HZ	25000000ull	/* 80 TSC ticks each */

static u64 fix_now = 1000;
static u32 fix_kicks[FIX_MAX];
static struct apic_domain fix_domain;
static struct guest fix_guest;
static struct vlapic fix_vlapic[FIX_MAX];
static struct vlapic *fix_vlapics[FIX_MAX];
static struct pi_desc fix_pid[FIX_MAX];
static struct sched_entity fix_se[FIX_MAX];
static u8 fix_page[FIX_MAX][PAGE_SIZE] __aligned(4096);

u64 time_now_tsc(void)
{
	return fix_now;
}

u64 time_tsc_hz(void)
{
	return FIX_TSC_HZ;
}

u64 time_us_to_tsc(u64 us)
{
	return us * (FIX_TSC_HZ / 1000000);
}

void cpu_kick(u32 cpu_index)
{
	fix_kicks[cpu_index]++;
}

/* Notifications that went out, and the last one. */
static u32 fix_ipis;
static u32 fix_ipi_id;
static u8 fix_ipi_vector;

void lapic_send_ipi(u32 apic_id, u8 vector)
{
	fix_ipis++;
	fix_ipi_id = apic_id;
	fix_ipi_vector = vector;
}

/* Forget pending requests and kicks of all vCPUs. */
__unused static void fix_clear(void)
{
	for (u32 i = 0; i < FIX_MAX; i++) {
		fix_se[i].requests = 0;
		fix_kicks[i] = 0;
	}
}

/* @count vCPUs in xAPIC mode, as after power-up; vCPU i is on CPU i. */
__unused static struct vlapic *fix_init(u32 count)
{
	memset(&fix_domain, 0, sizeof(fix_domain));
	memset(&fix_guest, 0, sizeof(fix_guest));
	memset(fix_vlapic, 0, sizeof(fix_vlapic));
	memset(fix_pid, 0, sizeof(fix_pid));
	memset(fix_se, 0, sizeof(fix_se));
	fix_now = 1000;
	fix_domain.timer_hz = FIX_TIMER_HZ;
	for (u32 i = 0; i < count; i++) {
		fix_vlapics[i] = &fix_vlapic[i];
		fix_se[i].cpu = i;
		fix_vlapic[i].se = &fix_se[i];
		fix_vlapic[i].page = fix_page[i];
		fix_vlapic[i].pid = &fix_pid[i];
		vlapic_init(&fix_vlapic[i], &fix_domain, i, i == 0);
	}
	EXPECT_EQ(apic_domain_init(&fix_domain, &fix_guest, fix_vlapics,
				   count), 0);
	fix_clear();
	return &fix_vlapic[0];
}

__unused static void fix_x2apic(struct vlapic *v)
{
	EXPECT_EQ(vlapic_set_base(v, v->apic_base | APIC_BASE_EXTD), 0);
}

/* Software-enable with the usual spurious vector. */
__unused static void fix_enable(struct vlapic *v)
{
	if (vlapic_mode(v) == VLAPIC_X2APIC)
		EXPECT_EQ(vlapic_msr_write(v, 0x80f, 0x1ff), 0);
	else
		vlapic_mmio_write(v, APIC_SVR, 0x1ff);
}

/* What virtual-interrupt delivery does when the guest takes the RVI. */
__unused static u8 fix_take(struct vlapic *v)
{
	u8 vector;

	vlapic_sync(v);
	if (!vlapic_has_interrupt(v))
		return 0;
	vector = vlapic_highest_vector(v, APIC_IRR);
	vlapic_set_vector(v, APIC_IRR, vector, false);
	vlapic_set_vector(v, APIC_ISR, vector, true);
	return vector;
}

#endif

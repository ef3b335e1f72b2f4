/* SPDX-License-Identifier: BSD-2-Clause */
/* apic/lapic.c against a register file that checks what is written to it. */
#include "apic/lapic.h"

#include <string.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/msr.h>

#include "core/cpu.h"
#include "core/err.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/time.h"

#define LAPIC_HPA	0xfee00000ull
#define MSR(reg)	(MSR_IA32_X2APIC_BASE + (reg) / 16)
#define ICR		0x300
#define ICR2		0x310
#define MAX_SENT	16

static u32 regs[0x1000 / 16];
static u64 sent[MAX_SENT];		/* destination in 63:32 */
static u32 sent_count, eois, busy_reads;
static bool counts;			/* the one-shot timer */
static u64 timer_start_tsc;

static u32 read_reg(u32 reg)
{
	if (reg == ICR && busy_reads) {
		busy_reads--;
		return regs[ICR / 16] | 1 << 12;
	}
	/* The count runs at a fifth of the TSC. */
	if (reg == 0x390 && counts)
		return regs[0x380 / 16] -
		       (u32)((hw_regs.tsc - timer_start_tsc) / 5);
	return regs[reg / 16];
}

static void write_reg(u32 reg, u32 value)
{
	regs[reg / 16] = value;
	if (reg == 0x0b0) {
		eois++;
		regs[0x100 / 16 + 2] &= regs[0x100 / 16 + 2] - 1;
	}
	if (reg == 0x380)
		timer_start_tsc = hw_regs.tsc;
}

static void record(u64 icr)
{
	if (sent_count < MAX_SENT)
		sent[sent_count++] = icr;
}

static u64 page_read(void *device, u64 offset, u32 size_bytes)
{
	(void)device;
	EXPECT_EQ(size_bytes, 4);
	EXPECT_EQ(offset % 16, 0);
	return read_reg((u32)offset);
}

static void page_write(void *device, u64 offset, u32 size_bytes, u64 value)
{
	(void)device;
	EXPECT_EQ(size_bytes, 4);
	EXPECT_EQ(offset % 16, 0);
	write_reg((u32)offset, (u32)value);
	if (offset == ICR)
		record((u64)(regs[ICR2 / 16] >> 24) << 32 | value);
}

static bool msr_read(u32 msr, u64 *value)
{
	if (msr < MSR_IA32_X2APIC_BASE || msr > MSR(0x3f0))
		return false;
	EXPECT(hw_msr_get(MSR_IA32_APIC_BASE) & APIC_BASE_EXTD);
	*value = read_reg((msr - MSR_IA32_X2APIC_BASE) * 16);
	return true;
}

static bool msr_write(u32 msr, u64 value)
{
	u64 base = hw_msr_get(MSR_IA32_APIC_BASE);

	/* SDM 11.12.5: x2APIC is entered from xAPIC only. */
	if (msr == MSR_IA32_APIC_BASE && (value & APIC_BASE_EXTD))
		EXPECT(base & APIC_BASE_EN);
	if (msr < MSR_IA32_X2APIC_BASE || msr > MSR(0x3f0))
		return false;
	EXPECT(base & APIC_BASE_EXTD);
	if (msr == MSR(ICR))
		record(value);
	else
		write_reg((msr - MSR_IA32_X2APIC_BASE) * 16, (u32)value);
	return true;
}

static void start(u32 features_ecx, u64 base)
{
	hw_reset();
	log_set_level(LOG_ERROR);
	memset(regs, 0, sizeof(regs));
	sent_count = eois = busy_reads = 0;
	counts = true;
	hw_cpuid_set(1, 0, 0, 0, features_ecx, CPUID_1_EDX_APIC);
	hw_msr_set(MSR_IA32_APIC_BASE, LAPIC_HPA | base);
	hw_msr_set(MSR_IA32_TSC_DEADLINE, 0);
	hw_msr_read_hook = msr_read;
	hw_msr_write_hook = msr_write;
	hw_mmio_add(LAPIC_HPA, PAGE_SIZE, page_read, page_write, NULL);
	regs[0x30 / 16] = 0x60015;
}

static void start_x2apic(void)
{
	start(CPUID_1_ECX_X2APIC | CPUID_1_ECX_TSC_DEADLINE, APIC_BASE_EN);
	regs[0x20 / 16] = 0x12345;
	EXPECT_EQ(lapic_init(), 0);
}

static void start_xapic(void)
{
	start(0, APIC_BASE_EN);
	regs[0x20 / 16] = 7u << 24;
	EXPECT_EQ(lapic_init(), 0);
}

TEST(no_apic_is_an_error)
{
	start(0, 0);
	hw_cpuid_set(1, 0, 0, 0, 0, 0);
	EXPECT_EQ(lapic_init(), -ENODEV);
}

TEST(off_goes_to_x2apic_in_two_steps)
{
	start(CPUID_1_ECX_X2APIC, 0);
	EXPECT_EQ(lapic_init(), 0);
	EXPECT(lapic_is_x2apic());
	EXPECT_EQ(hw_msr_trace[0].value, LAPIC_HPA | APIC_BASE_EN);
	EXPECT_EQ(hw_msr_trace[1].value,
		  LAPIC_HPA | APIC_BASE_EN | APIC_BASE_EXTD);
}

TEST(x2apic_id_has_32_bits)
{
	start_x2apic();
	EXPECT_EQ(lapic_id(), 0x12345);
}

TEST(xapic_id_has_8_bits)
{
	start_xapic();
	EXPECT(!lapic_is_x2apic());
	EXPECT_EQ(lapic_id(), 7);
}

TEST(registers_after_init)
{
	start_x2apic();
	EXPECT_EQ(regs[0xf0 / 16], 0x1ff);		/* SVR */
	EXPECT_EQ(regs[0x320 / 16], 2 << 17 | VECTOR_TIMER);
	EXPECT_EQ(regs[0x350 / 16], 0x10000);		/* LINT0 */
	EXPECT_EQ(regs[0x360 / 16], 0x400);		/* LINT1: NMI */
	EXPECT_EQ(regs[0x370 / 16], VECTOR_ERROR);
	EXPECT_EQ(regs[0x340 / 16], 0x10000);
	EXPECT_EQ(regs[0x330 / 16], 0x10000);
	EXPECT_EQ(regs[0x2f0 / 16], 0x10000);		/* CMCI */
	EXPECT_EQ(regs[0x80 / 16], 0);
}

TEST(lvts_that_are_not_there_are_not_written)
{
	start(CPUID_1_ECX_X2APIC, APIC_BASE_EN);
	regs[0x30 / 16] = 0x30015;
	regs[0x2f0 / 16] = regs[0x330 / 16] = regs[0x340 / 16] = 0x55;
	EXPECT_EQ(lapic_init(), 0);
	EXPECT_EQ(regs[0x2f0 / 16], 0x55);
	EXPECT_EQ(regs[0x330 / 16], 0x55);
	EXPECT_EQ(regs[0x340 / 16], 0x55);
}

TEST(leftovers_in_service_are_ended)
{
	start(CPUID_1_ECX_X2APIC, APIC_BASE_EN);
	regs[0x100 / 16 + 2] = 0x80000001;
	EXPECT_EQ(lapic_init(), 0);
	EXPECT_EQ(eois, 2);
}

TEST(isr_that_never_clears_is_bounded)
{
	start(CPUID_1_ECX_X2APIC, APIC_BASE_EN);
	regs[0x100 / 16 + 4] = 1;
	EXPECT_EQ(lapic_init(), 0);
	EXPECT_EQ(eois, 256);
}

TEST(ipi_in_x2apic_mode)
{
	start_x2apic();
	lapic_send_ipi(0x10003, 0xf1);
	EXPECT_EQ(sent_count, 1);
	EXPECT_EQ(sent[0], 0x10003ull << 32 | 0x40f1);
	lapic_send_nmi(5);
	EXPECT_EQ(sent[1], 5ull << 32 | 0x4400);
}

TEST(ipi_in_xapic_mode_waits_for_idle)
{
	start_xapic();
	busy_reads = 3;
	lapic_send_ipi(9, 0xf1);
	EXPECT_EQ(busy_reads, 0);
	EXPECT_EQ(sent[0], 9ull << 32 | 0x40f1);
}

TEST(busy_for_ever_is_bounded)
{
	start_xapic();
	busy_reads = ~0u;
	lapic_send_ipi(9, 0xf1);
	EXPECT_EQ(sent_count, 1);
}

TEST(start_is_init_sipi_sipi)
{
	start_x2apic();
	lapic_start_ap(300, 0x9e000);
	EXPECT_EQ(sent_count, 3);
	EXPECT_EQ(sent[0], 300ull << 32 | 0xc500);
	EXPECT_EQ(sent[1], 300ull << 32 | 0x469e);
	EXPECT_EQ(sent[2], sent[1]);
}

TEST(deadline_timer)
{
	start_x2apic();
	lapic_timer_arm(123456);
	EXPECT_EQ(hw_msr_get(MSR_IA32_TSC_DEADLINE), 123456);
	lapic_timer_arm(TIME_NEVER);
	EXPECT_EQ(hw_msr_get(MSR_IA32_TSC_DEADLINE), 0);
	/* 0 would disarm. */
	lapic_timer_arm(0);
	EXPECT_EQ(hw_msr_get(MSR_IA32_TSC_DEADLINE), 1);
}

TEST(one_shot_timer_is_calibrated)
{
	u64 tsc;
	u32 count;

	start_xapic();
	EXPECT_EQ(regs[0x320 / 16], VECTOR_TIMER);
	EXPECT_EQ(regs[0x3e0 / 16], 0xb);
	tsc = time_us_to_tsc(1000);
	lapic_timer_arm(hw_regs.tsc + tsc);
	count = regs[0x380 / 16];
	EXPECT(count > tsc / 5 * 95 / 100 && count < tsc / 5 * 105 / 100);
	lapic_timer_arm(0);
	EXPECT_EQ(regs[0x380 / 16], 1);
	lapic_timer_arm(TIME_NEVER);
	EXPECT_EQ(regs[0x380 / 16], 0);
	/* Far away: fires within a second, and is armed again then. */
	lapic_timer_arm(TIME_NEVER - 1);
	EXPECT(regs[0x380 / 16] > tsc);
}

TEST(timer_that_stands_still_is_survived)
{
	start(0, APIC_BASE_EN);
	counts = false;
	regs[0x390 / 16] = ~0u;
	EXPECT_EQ(lapic_init(), 0);
	lapic_timer_arm(hw_regs.tsc + 1000000);
}

TEST(handlers_end_their_interrupts_but_not_the_spurious_one)
{
	start_x2apic();
	eois = 0;
	irq_dispatch(VECTOR_TIMER);
	irq_dispatch(VECTOR_KICK);
	irq_dispatch(VECTOR_ERROR);
	EXPECT_EQ(eois, 3);
	irq_dispatch(VECTOR_SPURIOUS);
	EXPECT_EQ(eois, 3);
}

TEST(kick_on_self_sends_nothing)
{
	start_x2apic();
	cpu_shared[3].apic_id = 77;
	cpu_kick(this_cpu()->index);
	EXPECT_EQ(sent_count, 0);
	cpu_kick(3);
	EXPECT_EQ(sent[0], 77ull << 32 | 0x4000 | VECTOR_KICK);
}

TEST(panic_stops_online_cpus_and_gives_up_on_mute_ones)
{
	start_x2apic();
	cpu_count = 4;
	for (u32 i = 0; i < 4; i++)
		cpu_shared[i] = (struct cpu_shared){
			.index = i, .apic_id = 10 + i, .online = i != 2
		};
	cpu_shared[1].stopped = 1;
	panic_stop_others();
	EXPECT_EQ(sent_count, 1);
	EXPECT_EQ(sent[0], 13ull << 32 | 0x4400);
	cpu_count = 1;
}

TEST(other_cpus_only_program_their_own)
{
	static struct cpu second = { .index = 1 };

	start_x2apic();
	hw_msr_set(MSR_IA32_APIC_BASE, LAPIC_HPA | APIC_BASE_EN);
	memset(&regs[0x80 / 16], 0, sizeof(regs) - 0x80 / 16 * sizeof(u32));
	hw_set_this_cpu(&second);
	EXPECT_EQ(lapic_init(), 0);
	EXPECT_EQ(regs[0xf0 / 16], 0x1ff);
	hw_set_this_cpu(NULL);
}

/* Last: the preference stays for the rest of the program. */
TEST(zz_preference_for_xapic)
{
	lapic_prefer_xapic();
	start(CPUID_1_ECX_X2APIC, APIC_BASE_EN);
	EXPECT_EQ(lapic_init(), 0);
	EXPECT(!lapic_is_x2apic());
	/* But what firmware turned on stays on. */
	start(CPUID_1_ECX_X2APIC, APIC_BASE_EN | APIC_BASE_EXTD);
	EXPECT_EQ(lapic_init(), 0);
	EXPECT(lapic_is_x2apic());
}

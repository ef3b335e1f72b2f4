/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical local APIC, SDM vol. 3 chapter 11. In x2APIC mode registers are
 * MSRs, otherwise 32-bit words of one uncached page; the numbers are the same.
 */
#include "apic/lapic.h"

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/msr.h>

#include "core/acpi.h"
#include "core/cpu.h"
#include "core/err.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/paging.h"
#include "core/panic.h"
#include "core/time.h"

/* Offsets in the xAPIC page; the x2APIC MSR is 800H + offset / 16. */
#define LAPIC_ID		0x020
#define LAPIC_VERSION		0x030
#define LAPIC_TPR		0x080
#define LAPIC_EOI		0x0b0
#define LAPIC_SVR		0x0f0	/* spurious-interrupt vector */
#define LAPIC_ISR		0x100
#define LAPIC_ESR		0x280	/* error status */
#define LAPIC_LVT_CMCI		0x2f0
#define LAPIC_ICR		0x300
#define LAPIC_ICR2		0x310
#define LAPIC_LVT_TIMER		0x320
#define LAPIC_LVT_THERMAL	0x330
#define LAPIC_LVT_PERF		0x340
#define LAPIC_LVT_LINT0		0x350
#define LAPIC_LVT_LINT1		0x360
#define LAPIC_LVT_ERROR		0x370
#define LAPIC_TIMER_INITIAL	0x380
#define LAPIC_TIMER_CURRENT	0x390
#define LAPIC_TIMER_DIVIDE	0x3e0

#define VERSION_MAX_LVT		BITS(23, 16)
#define SVR_ENABLE		BIT(8)
#define LVT_MASKED		BIT(16)
#define LVT_NMI			field_prep(BITS(10, 8), 4)
#define LVT_TSC_DEADLINE	field_prep(BITS(18, 17), 2)
#define DIVIDE_BY_1		0xb
#define XAPIC_ID		BITS(31, 24)

#define ICR_FIXED		field_prep(BITS(10, 8), 0)
#define ICR_NMI			field_prep(BITS(10, 8), 4)
#define ICR_INIT		field_prep(BITS(10, 8), 5)
#define ICR_STARTUP		field_prep(BITS(10, 8), 6)
#define ICR_BUSY		BIT(12)
#define ICR_ASSERT		BIT(14)
#define ICR_LEVEL		BIT(15)
#define ICR_DESTINATION		BITS(63, 32)

#define LVT_INDEX_CMCI		6	/* there if the maximum LVT is >= 6 */
#define BUSY_TIMEOUT_US		1000
#define INIT_DELAY_US		200
#define SIPI_DELAY_US		200
#define STOP_TIMEOUT_US		200000
#define CALIBRATE_US		5000

static bool prefer_xapic __ro_after_init;
static bool x2apic __ro_after_init;
static bool tsc_deadline __ro_after_init;
static u64 timer_hz __ro_after_init;	/* of the count, where used */
static volatile u8 *xapic __ro_after_init;

static u32 lapic_read(u32 reg)
{
	if (x2apic)
		return (u32)rdmsr(MSR_IA32_X2APIC_BASE + reg / 16);
	return mmio_read32(xapic + reg);
}

static void lapic_write(u32 reg, u32 value)
{
	if (x2apic)
		wrmsr(MSR_IA32_X2APIC_BASE + reg / 16, value);
	else
		mmio_write32(xapic + reg, value);
}

void lapic_prefer_xapic(void)
{
	prefer_xapic = true;
}

bool lapic_is_x2apic(void)
{
	return x2apic;
}

u32 lapic_id(void)
{
	u32 id = lapic_read(LAPIC_ID);

	return x2apic ? id : (u32)field_get(XAPIC_ID, id);
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

/* An IPI that is never accepted must not hang us. */
static bool wait_idle(void)
{
	return wait_until(BUSY_TIMEOUT_US,
			  !(lapic_read(LAPIC_ICR) & ICR_BUSY));
}

static void send(u32 apic_id, u32 command)
{
	if (x2apic) {
		cpu_x2apic_fence();
		wrmsr(MSR_IA32_X2APIC_BASE + LAPIC_ICR / 16,
		      field_prep(ICR_DESTINATION, apic_id) | command);
		return;
	}
	if (!wait_idle())
		log_limited(LOG_WARN, "lapic", "ICR busy for %u us",
			    BUSY_TIMEOUT_US);
	/* The write of the low half sends. */
	mmio_write32(xapic + LAPIC_ICR2, (u32)field_prep(XAPIC_ID, apic_id));
	mmio_write32(xapic + LAPIC_ICR, command);
}

void lapic_send_ipi(u32 apic_id, u8 vector)
{
	send(apic_id, (u32)(ICR_FIXED | ICR_ASSERT | vector));
}

/* "Local APIC in xAPIC mode: bits 15:8 hold the 8-bit APIC ID" */
u32 lapic_ndst(u32 apic_id)
{
	return x2apic ? apic_id : apic_id << 8;
}

u32 lapic_ndst_id(u32 ndst)
{
	return x2apic ? ndst : ndst >> 8;
}

void lapic_send_nmi(u32 apic_id)
{
	send(apic_id, (u32)(ICR_NMI | ICR_ASSERT));
}

/*
 * SDM 9.4.4.1 "Typical BSP Initialization Sequence". The 10 ms after INIT are
 * for the P6 and older; the second SIPI is ignored if the first one worked.
 */
void lapic_start_ap(u32 apic_id, u64 start_hpa)
{
	u32 startup = (u32)(ICR_STARTUP | ICR_ASSERT | start_hpa >> PAGE_SHIFT);

	lapic_write(LAPIC_ESR, 0);
	send(apic_id, (u32)(ICR_INIT | ICR_LEVEL | ICR_ASSERT));
	time_delay_us(INIT_DELAY_US);
	send(apic_id, startup);
	time_delay_us(SIPI_DELAY_US);
	send(apic_id, startup);
}

/* The count of the one-shot timer for a TSC difference; it may fire early. */
static u32 timer_count(u64 tsc)
{
	u64 us = time_tsc_to_us(tsc);
	u64 count;

	if (us >= 1000000)
		return (u32)min(timer_hz, (u64)~0u);
	count = max(us * timer_hz / 1000000, 1ull);
	return (u32)min(count, (u64)~0u);
}

void lapic_timer_arm(u64 deadline_tsc)
{
	u64 now;

	if (tsc_deadline) {
		/* 0 disarms; a deadline in the past fires at once. */
		wrmsr(MSR_IA32_TSC_DEADLINE,
		      deadline_tsc == TIME_NEVER ? 0 : max(deadline_tsc, 1ull));
		return;
	}
	if (deadline_tsc == TIME_NEVER) {
		lapic_write(LAPIC_TIMER_INITIAL, 0);
		return;
	}
	now = time_now_tsc();
	lapic_write(LAPIC_TIMER_INITIAL,
		    timer_count(deadline_tsc > now ? deadline_tsc - now : 0));
}

static void handle_timer(void)
{
	lapic_eoi();
}

static void handle_kick(void)
{
	lapic_eoi();
}

static void handle_error(void)
{
	u32 status;

	/* A write latches the errors since the last one: SDM 11.5.3. */
	lapic_write(LAPIC_ESR, 0);
	status = lapic_read(LAPIC_ESR);
	lapic_eoi();
	log_limited(LOG_WARN, "lapic", "error status %x", status);
}

/* No bit in service, so no EOI: SDM 11.9 "Spurious Interrupt". */
static void handle_spurious(void)
{
}

/*
 * Firmware may have left x2APIC on; it can only be left through "off", which
 * the CPU may forbid. So: stay there if it is on, else follow the preference.
 */
static int choose_mode(u64 base)
{
	struct cpuid_regs r;

	cpuid(1, 0, &r);
	if (!(r.edx & CPUID_1_EDX_APIC) && !(base & APIC_BASE_EN))
		return fail(-ENODEV);
	tsc_deadline = (r.ecx & CPUID_1_ECX_TSC_DEADLINE) != 0;
	x2apic = (r.ecx & CPUID_1_ECX_X2APIC) &&
		 (!prefer_xapic || (base & APIC_BASE_EXTD));
	if (x2apic && prefer_xapic)
		log_warn("lapic", "firmware left x2APIC mode on: it stays on");
	if (x2apic)
		return 0;
	xapic = paging_map_mmio(base & APIC_BASE_ADDR, PAGE_SIZE, MMIO_UC);
	return xapic ? 0 : fail(-ENOMEM);
}

/* Off to x2APIC in one step raises #GP: EN first, then EXTD. */
static void enable(void)
{
	u64 base = rdmsr(MSR_IA32_APIC_BASE);

	if (!(base & APIC_BASE_EN)) {
		base |= APIC_BASE_EN;
		wrmsr(MSR_IA32_APIC_BASE, base);
	}
	if (x2apic && !(base & APIC_BASE_EXTD))
		wrmsr(MSR_IA32_APIC_BASE, base | APIC_BASE_EXTD);
}

/* Whatever firmware or a former kernel left in service blocks its class. */
static void drain_in_service(void)
{
	for (u32 i = 0; i < 256; i++) {
		bool any = false;

		for (u32 word = 0; word < 8; word++)
			any = any || lapic_read(LAPIC_ISR + 16 * word);
		if (!any)
			return;
		lapic_eoi();
	}
}

/* SVR first: while the APIC is disabled in it, LVTs cannot be unmasked. */
static void program(void)
{
	u32 max_lvt = (u32)field_get(VERSION_MAX_LVT,
				     lapic_read(LAPIC_VERSION));

	lapic_write(LAPIC_SVR, (u32)(SVR_ENABLE | VECTOR_SPURIOUS));
	drain_in_service();
	lapic_write(LAPIC_LVT_LINT0, (u32)LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT1, (u32)LVT_NMI);
	if (max_lvt >= 4)
		lapic_write(LAPIC_LVT_PERF, (u32)LVT_MASKED);
	if (max_lvt >= 5)
		lapic_write(LAPIC_LVT_THERMAL, (u32)LVT_MASKED);
	if (max_lvt >= LVT_INDEX_CMCI)
		lapic_write(LAPIC_LVT_CMCI, (u32)LVT_MASKED);
	/*
	 * After LINT0: QEMU forgets an interrupt that the 8259 raised before
	 * only when the TPR is written, and else delivers vector -1.
	 */
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_ESR, 0);
	lapic_write(LAPIC_LVT_ERROR, VECTOR_ERROR);
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_1);
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	lapic_write(LAPIC_LVT_TIMER,
		    (u32)((tsc_deadline ? LVT_TSC_DEADLINE : 0) |
			  VECTOR_TIMER));
	/* SDM 11.5.4.1: the LVT write before the first deadline. */
	cpu_x2apic_fence();
}

/* Boot CPU: how fast the one-shot count runs, against the TSC. */
static void calibrate(void)
{
	u64 start, elapsed_us;
	u32 count;

	lapic_write(LAPIC_TIMER_INITIAL, ~0u);
	start = time_now_tsc();
	time_delay_us(CALIBRATE_US);
	count = ~0u - lapic_read(LAPIC_TIMER_CURRENT);
	elapsed_us = time_tsc_to_us(time_now_tsc() - start);
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	timer_hz = (u64)count * 1000000 / max(elapsed_us, 1ull);
	if (!timer_hz)
		log_warn("lapic", "the timer does not count: idle CPUs wake "
			 "by interrupts only");
}

static void init_boot(void)
{
	irq_set_handler(VECTOR_SPURIOUS, handle_spurious);
	irq_set_handler(VECTOR_ERROR, handle_error);
	irq_set_handler(VECTOR_TIMER, handle_timer);
	irq_set_handler(VECTOR_KICK, handle_kick);
	if (!tsc_deadline)
		calibrate();
	log_info("lapic", "ID %u, %s mode, version %x, timer: %s", lapic_id(),
		 x2apic ? "x2APIC" : "xAPIC", lapic_read(LAPIC_VERSION) & 0xff,
		 tsc_deadline ? "TSC deadline" : "one-shot");
}

int lapic_init(void)
{
	bool boot = this_cpu()->index == 0;
	int err;

	if (boot) {
		err = choose_mode(rdmsr(MSR_IA32_APIC_BASE));
		if (err)
			return err;
	}
	enable();
	program();
	if (boot)
		init_boot();
	return 0;
}

/*
 * On self nothing is sent: a CPU in root looks at its requests before it
 * enters a guest or halts.
 */
void cpu_kick(u32 cpu_index)
{
	if (cpu_index != this_cpu()->index)
		lapic_send_ipi(cpu_shared[cpu_index].apic_id, VECTOR_KICK);
}

/* One after the other, so that the dumps do not mix. */
void panic_stop_others(void)
{
	u32 self = this_cpu()->index;

	for (u32 i = 0; i < cpu_count; i++) {
		struct cpu_shared *other = &cpu_shared[i];

		if (i == self || !READ_ONCE(other->online))
			continue;
		if (!READ_ONCE(other->stopped))
			lapic_send_nmi(other->apic_id);
		if (!wait_until(STOP_TIMEOUT_US,
				__atomic_load_n(&other->stopped,
						__ATOMIC_ACQUIRE)))
			log_error("panic", "CPU %u does not answer an NMI", i);
	}
}

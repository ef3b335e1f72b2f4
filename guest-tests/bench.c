/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round trips into the hypervisor, in TSC ticks on one CPU: for each, the
 * median, minimum and maximum of 1000, less the cost of reading the TSC:
 * "BENCH name median min max". Operations without the needed feature get a
 * SKIP line.
 */
#include "lib/guest.h"
#include "lib/sort.h"

#define SAMPLES	1000
#define VEC	0x45

static u64 samples[SAMPLES];
static u64 overhead;
static u32 fired;

static void on_ipi(struct frame *f)
{
	(void)f;
	fired++;
	apic_eoi();
}

static u64 less(u64 ticks)
{
	return ticks > overhead ? ticks - overhead : 0;
}

static void report(const char *name)
{
	sort_u64(samples, SAMPLES);
	print("BENCH %s %lu %lu %lu\n", name, less(samples[SAMPLES / 2]),
	      less(samples[0]), less(samples[SAMPLES - 1]));
}

/* prepare is not timed; op is. */
#define BENCH_WITH(name, prepare, op) do {			\
	u64 start_;						\
	u32 i_;							\
								\
	for (i_ = 0; i_ < SAMPLES; i_++) {			\
		prepare;					\
		start_ = rdtsc();				\
		op;						\
		samples[i_] = rdtsc() - start_;			\
	}							\
	report(name);						\
} while (0)

#define BENCH(name, op)	BENCH_WITH(name, , op)

static void do_cpuid(void)
{
	u32 eax = 0, ebx, ecx = 0, edx;

	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
}

static void do_vmcall(void)
{
	u64 rax = 0;

	asm volatile("vmcall" : "+a"(rax) :: "memory");
}

static void bench_overhead(void)
{
	BENCH("rdtsc-overhead", );
	overhead = samples[SAMPLES / 2];
	BENCH("nothing", );
}

static void bench_exits(void)
{
	u64 val;

	BENCH("cpuid", do_cpuid());
	if (TRAP_OF(do_vmcall()).vector == VEC_NONE)
		BENCH("vmcall", do_vmcall());
	else
		test_skip("bench.vmcall", "no hypervisor that takes VMCALL");
	BENCH("port-read-unhandled", inb(0x1234));
	BENCH("port-read-uart-lsr", inb(PORT_COM1 + 5));
	BENCH("port-write-unhandled", outb(0, 0x1234));
	BENCH("mmio-read-ioapic", mmio_read32(IOAPIC_BASE + 0x10));
	BENCH("mmio-write-ioapic", mmio_write32(IOAPIC_BASE, 1));
	BENCH("mmio-read-hole", mmio_read32(page_hole()));
	if (rdmsr_safe(MSR_MISC_ENABLE, &val))
		test_skip("bench.rdmsr", "no MSR 0x1a0");
	else
		BENCH("rdmsr-exit", rdmsr(MSR_MISC_ENABLE));
}

static void bench_deadline(void)
{
	u64 far = rdtsc() + 1000 * tsc_hz;

	if (!cpu_deadline()) {
		test_skip("bench.wrmsr-tsc-deadline", "no TSC deadline");
		return;
	}
	apic_write(APIC_LVT_TIMER, (u32)LVT_DEADLINE | VEC);
	BENCH("wrmsr-tsc-deadline", wrmsr(MSR_TSC_DEADLINE, far));
	wrmsr(MSR_TSC_DEADLINE, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
}

/* The test device takes the page out of the second stage before each touch. */
static void bench_ept(void)
{
	u64 page = page_free_base() + 0x10000;

	if (!testdev_present()) {
		test_skip("bench.ept-violation",
			  "no test device (testdev=yes)");
		return;
	}
	*(volatile u32 *)page = 1;
	BENCH_WITH("ept-violation", outl((u32)page, PORT_TD_FLUSH),
		   *(volatile u32 *)page);
	BENCH_WITH("ept-violation-write", outl((u32)page, PORT_TD_FLUSH),
		   *(volatile u32 *)page = 2);
}

static void bench_apic(const char *mode)
{
	sti();
	BENCH_WITH(test_name("icr-self", mode, "taken"), fired = 0, {
		apic_icr(0, ICR_SELF | ICR_ASSERT | VEC);
		while (!READ_ONCE(fired))
			;
	});
	cli();
	if (apic_is_x2())
		BENCH(test_name("eoi", mode, "idle"), wrmsr(0x80b, 0));
	else
		BENCH(test_name("eoi", mode, "idle"),
		      mmio_write32(LAPIC_BASE + APIC_EOI, 0));
	BENCH(test_name("cr8", mode, "write"), write_cr8(0));
}

static void bench_self_ipi(void)
{
	sti();
	BENCH_WITH("self-ipi-write", fired = 0, wrmsr(0x83f, VEC));
	BENCH_WITH("self-ipi-taken", fired = 0, {
		wrmsr(0x83f, VEC);
		while (!READ_ONCE(fired))
			;
	});
	cli();
}

int main(void)
{
	trap_set_handler(VEC, on_ipi);
	bench_overhead();
	bench_exits();
	bench_deadline();
	bench_ept();
	bench_apic("xapic");
	if (apic_enter_x2()) {
		bench_apic("x2apic");
		bench_self_ipi();
	} else {
		test_skip("bench.x2apic", "no x2APIC");
	}
	test_pass("bench.done");
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IOAPIC: entries keep what is written, and, with the test device driving a
 * line: edges, masking, level with remote IRR, delivery again after EOI while
 * the line is high, destinations, and vectors above and below each other.
 */
#include "lib/guest.h"

#define PIN	14
#define VEC	0x83

static u32 fired[MAX_CPUS];
static u32 lower_after;		/* handler drops the line at this count */
static bool irr_in_handler;

static void line(u32 level)
{
	outb((u8)level, PORT_TD_LINE + PIN);
}

/* Counts last: CPU 0 uses the IOAPIC again as soon as it sees the count. */
static void on_line(struct frame *f)
{
	u32 n;

	(void)f;
	irr_in_handler = ioapic_rte(PIN) & RTE_REMOTE_IRR;
	n = __atomic_add_fetch(&fired[this_cpu()->index], 1, __ATOMIC_SEQ_CST);
	if (n == lower_after)
		line(0);
	apic_eoi();
}

static void reset(void)
{
	line(0);
	memset(fired, 0, sizeof(fired));
	lower_after = 1;
}

static void settle(void)
{
	sti();
	delay_us(500);
	cli();
}

static u64 dest(u32 cpu)
{
	return RTE_DEST(cpu_nr(cpu)->apic_id);
}

static void test_registers(void)
{
	u32 version = ioapic_read(1), n = (version >> 16 & 0xff) + 1;
	u32 i, bad = 0;
	u64 rte;

	test_check("ioapic.version", (version & 0xff) >= 0x11, "0x%x",
		   version);
	for (i = 0; i < n; i++) {
		rte = RTE_MASKED | RTE_LOW | (0x30 + i) | RTE_DEST(i & 0xf);
		ioapic_route(i, rte);
		bad += ioapic_rte(i) != rte;
	}
	test_check("ioapic.entries-keep", !bad, "%u of %u", bad, n);
	for (i = 0; i < n; i++)
		ioapic_route(i, RTE_MASKED);
	ioapic_route(PIN, RTE_MASKED | RTE_REMOTE_IRR | BIT(12));
	test_equal("ioapic.status-read-only", ioapic_rte(PIN), RTE_MASKED);
	ioapic_write(0, 0x05000000);
	test_equal("ioapic.id", ioapic_read(0) >> 24 & 0xf, 5);
}

static void test_edge(void)
{
	reset();
	lower_after = 0;
	ioapic_route(PIN, VEC | dest(0));
	line(1);
	settle();
	test_equal("ioapic.edge", fired[0], 1);
	if (!test_tcg_gap("ioapic.edge-needs-edge", "takes high twice")) {
		line(1);
		settle();
		test_equal("ioapic.edge-needs-edge", fired[0], 1);
	}
	line(0);
	line(1);
	settle();
	test_equal("ioapic.edge-again", fired[0], 2);
	line(0);
	ioapic_route(PIN, RTE_MASKED | VEC | dest(0));
	line(1);
	settle();
	test_equal("ioapic.edge-masked", fired[0], 2);
	line(0);
}

static void test_level(void)
{
	reset();
	ioapic_route(PIN, RTE_LEVEL | VEC | dest(0));
	line(1);
	settle();
	test_equal("ioapic.level", fired[0], 1);
	test_check("ioapic.level-remote-irr", irr_in_handler,
		   "clear in handler");
	test_check("ioapic.level-irr-after", !(ioapic_rte(PIN) &
					       RTE_REMOTE_IRR), "still set");
	reset();
	lower_after = 3;
	line(1);
	settle();
	test_equal("ioapic.level-until-low", fired[0], 3);
	reset();
	ioapic_route(PIN, RTE_MASKED | RTE_LEVEL | VEC | dest(0));
	line(1);
	settle();
	test_equal("ioapic.level-masked", fired[0], 0);
	ioapic_route(PIN, RTE_LEVEL | VEC | dest(0));
	settle();
	test_equal("ioapic.level-unmasked", fired[0], 1);
}

/* TMR says which kind the vector in the local APIC is. */
static void test_tmr(void)
{
	bool level, edge;

	reset();
	ioapic_route(PIN, RTE_LEVEL | VEC | dest(0));
	line(1);
	wait_for(10000, apic_bit(APIC_IRR, VEC));
	level = apic_bit(APIC_TMR, VEC);
	settle();
	ioapic_route(PIN, VEC | dest(0));
	reset();
	line(1);
	wait_for(10000, apic_bit(APIC_IRR, VEC));
	edge = apic_bit(APIC_TMR, VEC);
	settle();
	test_check("ioapic.tmr", level && !edge, "level %u edge %u", level,
		   edge);
	line(0);
}

static void test_destination(void)
{
	if (smp_start() < 2) {
		test_skip("ioapic.other-cpu", "one CPU");
		test_skip("ioapic.other-cpu-level", "one CPU");
		return;
	}
	reset();
	ioapic_route(PIN, VEC | dest(1));
	line(1);
	wait_for(2000000, READ_ONCE(fired[1]));
	test_check("ioapic.other-cpu", fired[1] == 1 && !fired[0],
		   "%u here, %u there", fired[0], fired[1]);
	ioapic_route(PIN, RTE_MASKED);
	reset();
	lower_after = 2;
	ioapic_route(PIN, RTE_LEVEL | VEC | dest(1));
	line(1);
	wait_for(2000000, READ_ONCE(fired[1]) >= 2);
	delay_us(500);
	test_check("ioapic.other-cpu-level", fired[1] == 2 && !fired[0],
		   "%u here, %u there", fired[0], fired[1]);
}

static void test_logical(void)
{
	reset();
	apic_write(APIC_DFR, 0xffffffff);
	apic_write(APIC_LDR, 0x40000000);
	ioapic_route(PIN, VEC | RTE_LOGICAL | RTE_DEST(0x40));
	line(1);
	settle();
	test_equal("ioapic.logical", fired[0], 1);
}

static void test_x2apic(void)
{
	if (!apic_enter_x2()) {
		test_skip("ioapic.x2apic-level", "no x2APIC");
		return;
	}
	reset();
	lower_after = 3;
	ioapic_route(PIN, RTE_LEVEL | VEC | dest(0));
	line(1);
	settle();
	test_equal("ioapic.x2apic-level", fired[0], 3);
}

int main(void)
{
	trap_set_handler(VEC, on_line);
	test_registers();
	if (!testdev_present()) {
		test_skip("ioapic.edge", "no test device (testdev=yes)");
		test_skip("ioapic.level", "no test device (testdev=yes)");
		return 0;
	}
	test_edge();
	test_level();
	test_tmr();
	test_logical();
	test_destination();
	test_x2apic();
	ioapic_route(PIN, RTE_MASKED);
	return 0;
}

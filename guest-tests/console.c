/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consoles: the debug port reads back its own number and takes bytes and
 * strings; the UART has the registers of a 16550 and a loopback, and raises
 * its interrupt (IOAPIC pin 4).
 */
#include "lib/guest.h"

#define RBR	0
#define IER	1
#define IIR	2
#define LCR	3
#define MCR	4
#define LSR	5
#define MSR	6
#define SCR	7

static u32 fired;

static u8 get(u16 reg)
{
	return inb(PORT_COM1 + reg);
}

static void set(u16 reg, u8 val)
{
	outb(val, PORT_COM1 + reg);
}

/* What TEST lines left in the transmitter must not meet a FIFO reset. */
static void drain(void)
{
	wait_for(100000, (get(LSR) & 0x60) == 0x60);
}

static void test_debugcon(void)
{
	static const char text[] = "debugcon: string output\n";
	const char *s = text;
	u64 n = sizeof(text) - 1;

	if (inb(PORT_DEBUGCON) != PORT_DEBUGCON) {
		test_skip("console.debugcon", "no debug console");
		return;
	}
	for (s = "debugcon: byte output\n"; *s; s++)
		outb((u8)*s, PORT_DEBUGCON);
	s = text;
	asm volatile("rep outsb" : "+S"(s), "+c"(n) : "d"(PORT_DEBUGCON)
		     : "memory");
	test_check("console.debugcon", !n, "rcx %lu", n);
}

static void test_registers(void)
{
	u8 lcr = get(LCR), dll, dlm;

	drain();
	set(SCR, 0x5a);
	test_equal("console.uart-scratch", get(SCR), 0x5a);
	set(LCR, lcr | 0x80);
	set(0, 0x0c);
	set(1, 0x01);
	dll = get(0);
	dlm = get(1);
	set(0, 1);
	set(1, 0);
	set(LCR, 0x03);
	test_check("console.uart-divisor", dll == 0x0c && dlm == 0x01,
		   "0x%x 0x%x", dll, dlm);
	set(IER, 0);
	test_equal("console.uart-ier", get(IER), 0);
	test_equal("console.uart-lcr", get(LCR), 0x03);
	drain();
	test_equal("console.uart-idle", get(LSR) & 0x60, 0x60);
	drain();
	set(2, 0x07);
	test_equal("console.uart-fifo", get(IIR) & 0xc0, 0xc0);
}

/* MCR loopback: a byte sent is a byte received, nothing goes out. */
static void test_loopback(void)
{
	u8 got, msr;

	drain();
	set(MCR, 0x1f);
	while (get(LSR) & 1)
		get(RBR);
	msr = get(MSR);
	set(0, 'N');
	wait_for(100000, get(LSR) & 1);
	got = get(RBR);
	set(MCR, 0x0b);
	test_equal("console.uart-loopback", got, 'N');
	test_equal("console.uart-loopback-modem", msr & 0xf0, 0xf0);
}

static void on_uart(struct frame *f)
{
	(void)f;
	fired++;
	get(IIR);
	set(IER, 0);
	apic_eoi();
}

/* Transmitter empty is a cause by itself: enabling it interrupts at once. */
static void test_interrupt(void)
{
	trap_set_handler(0x64, on_uart);
	ioapic_route(4, 0x64 | RTE_DEST(apic_id()));
	set(MCR, 0x0b);
	sti();
	delay_us(200);
	set(IER, 0x02);
	wait_for(100000, READ_ONCE(fired));
	cli();
	ioapic_route(4, RTE_MASKED);
	set(IER, 0);
	test_check("console.uart-interrupt", fired >= 1, "none");
}

int main(void)
{
	test_debugcon();
	test_registers();
	test_loopback();
	test_interrupt();
	return 0;
}

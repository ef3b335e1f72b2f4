/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/platform/platform.h"

#include <pthread.h>

#include "tests/unit/core/platform/fixture.h"

enum { RBR = 0x3f8, THR = 0x3f8, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };

static u8 in(u16 port)
{
	return (u8)pio_in(&guest, port, 1);
}

static bool data_ready(void)
{
	return in(LSR) % 2;
}

static void out(u16 port, u8 value)
{
	pio_out(&guest, port, 1, value);
}

TEST(output_goes_to_the_console)
{
	char text[8] = "";

	setup(false);
	EXPECT_EQ(in(LSR), 0x60);
	out(THR, 'h');
	out(THR, 'i');
	EXPECT_EQ(vconsole_take(&console, text, sizeof(text)), 2);
	EXPECT_STR(text, "hi");
	EXPECT(guest_double.requests & CPU_REQ_CONSOLE);
	EXPECT_EQ(line_rises, 0);
}

TEST(input_with_its_interrupt)
{
	setup(false);
	out(IER, 1);
	EXPECT(vconsole_put(&console, 'a'));
	EXPECT(vconsole_put(&console, 'b'));
	platform_console_input(&platform);
	EXPECT(lines[4]);
	EXPECT_EQ(in(IIR), 0x04);
	EXPECT_EQ(in(LSR), 0x61);
	EXPECT_EQ(in(RBR), 'a');
	EXPECT(lines[4]);
	EXPECT_EQ(in(RBR), 'b');
	EXPECT(!lines[4]);
	EXPECT_EQ(in(IIR), 0x01);
	EXPECT_EQ(in(RBR), 0);
}

TEST(transmit_interrupt_has_an_edge_per_byte)
{
	setup(false);
	out(IER, 2);
	EXPECT(lines[4]);
	EXPECT_EQ(in(IIR), 0x02);
	/* Reading IIR cleared it. */
	EXPECT(!lines[4]);
	EXPECT_EQ(in(IIR), 0x01);
	out(THR, 'x');
	EXPECT_EQ(line_rises, 2);
	out(THR, 'y');
	EXPECT_EQ(line_rises, 3);
	out(IER, 0);
	EXPECT(!lines[4]);
	/* Enabling it again interrupts at once: the register is empty. */
	out(IER, 2);
	EXPECT_EQ(line_rises, 4);
}

TEST(received_data_goes_before_transmit)
{
	setup(false);
	out(IER, 3);
	vconsole_put(&console, 'a');
	platform_console_input(&platform);
	EXPECT_EQ(in(IIR), 0x04);
	EXPECT_EQ(in(RBR), 'a');
	EXPECT_EQ(in(IIR), 0x02);
}

TEST(fifo_flags)
{
	setup(false);
	EXPECT_EQ(in(IIR), 0x01);
	out(FCR, 1);
	EXPECT_EQ(in(IIR), 0xc1);
	vconsole_put(&console, 'a');
	out(FCR, 3);
	EXPECT_EQ(in(LSR), 0x60);
	out(FCR, 0);
	EXPECT_EQ(in(IIR), 0x01);
}

TEST(divisor_latch_hides_data_and_ier)
{
	setup(false);
	out(IER, 0x0f);
	out(LCR, 0x83);
	out(RBR, 0x0c);
	out(IER, 0x01);
	EXPECT_EQ(in(RBR), 0x0c);
	EXPECT_EQ(in(IER), 0x01);
	out(LCR, 0x03);
	EXPECT_EQ(in(IER), 0x0f);
	EXPECT_EQ(in(LCR), 0x03);
	EXPECT_EQ(vconsole_out_ready(&console), false);
}

TEST(loopback_as_drivers_probe_it)
{
	setup(false);
	EXPECT_EQ(in(MSR) >> 4, 0xb);
	out(MCR, 0x1a);
	/* OUT2 and RTS come back as DCD and CTS. */
	EXPECT_EQ(in(MSR) >> 4, 0x9);
	out(FCR, 1);
	out(THR, 0x55);
	EXPECT_EQ(in(LSR), 0x61);
	EXPECT_EQ(in(RBR), 0x55);
	EXPECT_EQ(in(LSR), 0x60);
	out(MCR, 0x0b);
	EXPECT_EQ(in(MCR), 0x0b);
	EXPECT(!vconsole_out_ready(&console));
}

TEST(loopback_overrun)
{
	u32 i;

	setup(false);
	out(IER, 4);
	out(FCR, 1);
	out(MCR, 0x10);
	for (i = 0; i < 17; i++)
		out(THR, (u8)i);
	EXPECT(lines[4]);
	EXPECT_EQ(in(IIR), 0xc6);
	EXPECT_EQ(in(LSR), 0x63);
	EXPECT(!lines[4]);
	for (i = 0; i < 16; i++)
		EXPECT_EQ(in(RBR), i);
	EXPECT_EQ(in(LSR), 0x60);
}

TEST(modem_status_deltas)
{
	setup(false);
	out(MCR, 0x10);
	(void)in(MSR);
	out(IER, 8);
	out(MCR, 0x12);			/* RTS: CTS changes */
	EXPECT(lines[4]);
	EXPECT_EQ(in(IIR), 0x00);
	EXPECT_EQ(in(MSR), 0x11);
	EXPECT(!lines[4]);
	EXPECT_EQ(in(MSR), 0x10);
	out(MCR, 0x16);			/* RI on: no delta */
	EXPECT_EQ(in(MSR), 0x50);
	out(MCR, 0x12);			/* RI off: TERI */
	EXPECT_EQ(in(MSR), 0x14);
}

TEST(wide_accesses_are_bytes)
{
	setup(false);
	pio_out(&guest, SCR, 1, 0x5a);
	EXPECT_EQ(in(SCR), 0x5a);
	/* DLL and DLM by one 16-bit write. */
	out(LCR, 0x80);
	pio_out(&guest, RBR, 2, 0x0102);
	EXPECT_EQ(in(RBR), 2);
	EXPECT_EQ(in(IER), 1);
	EXPECT_EQ(pio_in(&guest, RBR, 2), 0x0102);
}

TEST(console_without_room_drops_and_goes_on)
{
	u32 i;

	setup(false);
	for (i = 0; i < VCONSOLE_OUT_BYTES + 100; i++)
		out(THR, 'x');
	EXPECT(console.out_dropped >= 100);
	EXPECT_EQ(in(LSR), 0x60);
}

#define SENDERS		3
#define SENT_EACH	2000

static void *sender(void *arg)
{
	u32 i;

	(void)arg;
	for (i = 0; i < SENT_EACH; i++) {
		out(THR, 'x');
		(void)in(IIR);
		if (data_ready())
			(void)in(RBR);
	}
	return NULL;
}

/* vCPUs at the same UART while the host types and prints. */
TEST(several_vcpus_and_the_host_at_once)
{
	pthread_t thread[SENDERS];
	char text[64];
	u64 taken = 0;
	u32 i;

	setup(false);
	out(IER, 3);
	for (i = 0; i < SENDERS; i++)
		pthread_create(&thread[i], NULL, sender, NULL);
	for (i = 0; i < 1000; i++) {
		if (vconsole_put(&console, 'k'))
			platform_console_input(&platform);
		taken += vconsole_take(&console, text, sizeof(text));
	}
	for (i = 0; i < SENDERS; i++)
		pthread_join(thread[i], NULL);
	while (vconsole_out_ready(&console))
		taken += vconsole_take(&console, text, sizeof(text));
	EXPECT_EQ(taken + console.out_dropped, SENDERS * SENT_EACH);
	/* Whatever the order was, the line is what the registers say. */
	while (data_ready())
		(void)in(RBR);
	out(IER, 0);
	EXPECT(!lines[4]);
}

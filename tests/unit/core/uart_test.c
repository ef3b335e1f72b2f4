/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/uart.h"

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/port.h>

#include "tests/unit/core/uart_model.h"
#include "tests/unit/test.h"

#define PORT 0x3f8
#define MMIO 0xfe030000ull

static struct uart_model model;

static u32 port_in(u16 port, u32 size_bytes)
{
	EXPECT_EQ(size_bytes, 1);
	return model_read(&model, port - PORT);
}

static void port_out(u16 port, u32 size_bytes, u32 value)
{
	EXPECT_EQ(size_bytes, 1);
	model_write(&model, port - PORT, (u8)value);
}

static u64 window_read(void *device, u64 offset, u32 size_bytes)
{
	struct uart_model *m = device;

	EXPECT_EQ(size_bytes, m->stride);
	return model_read(m, offset / m->stride);
}

static void window_write(void *device, u64 offset, u32 size_bytes, u64 value)
{
	struct uart_model *m = device;

	EXPECT_EQ(size_bytes, m->stride);
	model_write(m, offset / m->stride, (u8)value);
}

static void reset(void)
{
	hw_reset();
	memset(&model, 0, sizeof(model));
	hw_port_in_hook = port_in;
	hw_port_out_hook = port_out;
}

TEST(finds_a_16550_and_sets_it_up)
{
	struct uart uart = { 0 };

	reset();
	EXPECT(uart_init_port(&uart, PORT));
	EXPECT(uart.present);
	EXPECT_EQ(uart.fifo_bytes, 16);
	EXPECT_EQ(model.divisor, 1);
	EXPECT_EQ(model.lcr, 3);
	EXPECT_EQ(model.mcr, 0x0b);
	EXPECT_EQ(model.ier, 0);
	EXPECT_EQ(model.out_len, 0);
}

TEST(absent_port_costs_a_few_reads)
{
	struct uart uart = { 0 };

	reset();
	model.absent = true;
	EXPECT(!uart_init_port(&uart, PORT));
	EXPECT(!uart.present);
	EXPECT(model.reads < 10);
	EXPECT(!uart_init_spcr(&uart, PORT, NULL, 1));
	EXPECT_EQ(uart_receive(&uart), -1);
}

TEST(scratch_or_loopback_is_enough)
{
	struct uart uart = { 0 };

	reset();
	model.no_scratch = true;
	EXPECT(uart_init_port(&uart, PORT));
	reset();
	model.no_loop = true;
	EXPECT(uart_init_port(&uart, PORT));
	reset();
	model.no_loop = true;
	model.no_scratch = true;
	EXPECT(!uart_init_port(&uart, PORT));
}

TEST(without_fifo_one_byte_at_a_time)
{
	struct uart uart = { 0 };

	reset();
	model.no_fifo = true;
	EXPECT(uart_init_port(&uart, PORT));
	EXPECT_EQ(uart.fifo_bytes, 1);
}

TEST(waits_for_room_then_sends)
{
	struct uart uart = { 0 };

	reset();
	model.busy_reads = 50;
	EXPECT(uart_init_port(&uart, PORT));
	uart_send(&uart, 'a');
	EXPECT(!uart_can_send(&uart));
	EXPECT(uart_wait_send(&uart));
	uart_send(&uart, 'b');
	uart_wait_idle(&uart);
	EXPECT(uart_can_send(&uart));
	EXPECT_MEM(model.out, "ab", 2);
}

TEST(stuck_uart_waits_once_only)
{
	struct uart uart = { 0 };
	u32 reads;

	reset();
	EXPECT(uart_init_port(&uart, PORT));
	model.stuck = true;
	EXPECT(!uart_wait_send(&uart));
	EXPECT(uart.stuck);
	reads = model.reads;
	EXPECT(!uart_wait_send(&uart));
	uart_wait_idle(&uart);
	EXPECT(model.reads - reads <= 3);
	/* It comes back when the other end lets it. */
	model.stuck = false;
	EXPECT(uart_wait_send(&uart));
	EXPECT(!uart.stuck);
}

TEST(receives_until_empty)
{
	struct uart uart = { 0 };

	reset();
	EXPECT(uart_init_port(&uart, PORT));
	EXPECT_EQ(uart_receive(&uart), -1);
	model_receive(&model, "x\xff");
	EXPECT_EQ(uart_receive(&uart), 'x');
	EXPECT_EQ(uart_receive(&uart), 0xff);
	EXPECT_EQ(uart_receive(&uart), -1);
	model.absent = true;
	EXPECT_EQ(uart_receive(&uart), -1);
}

TEST(interrupts_are_chosen_and_seen)
{
	struct uart uart = { 0 };

	reset();
	EXPECT(uart_init_port(&uart, PORT));
	EXPECT(!uart_irq_pending(&uart));
	uart_set_irq(&uart, true, false);
	EXPECT_EQ(model.ier, 1);
	EXPECT(!uart_irq_pending(&uart));
	/* Room in the FIFO raises one as soon as it is enabled. */
	uart_set_irq(&uart, true, true);
	EXPECT_EQ(model.ier, 3);
	EXPECT(uart_irq_pending(&uart));
	EXPECT(!uart_irq_pending(&uart));
	model_receive(&model, "k");
	EXPECT(uart_irq_pending(&uart));
	uart_set_irq(&uart, false, false);
	EXPECT_EQ(model.ier, 0);
}

TEST(spcr_uart_in_memory_keeps_its_speed)
{
	struct uart uart = { 0 };

	for (u32 stride = 1; stride <= 4; stride += 3) {
		reset();
		model.stride = stride;
		model.divisor = 12;
		hw_mmio_add(MMIO, PAGE_SIZE, window_read, window_write, &model);
		EXPECT(uart_init_spcr(&uart, 0,
				      hw_mmio_window(MMIO, 8 * stride),
				      (u8)stride));
		EXPECT_EQ(model.divisor, 12);
		EXPECT_EQ(uart.fifo_bytes, 16);
		uart_send(&uart, 'm');
		EXPECT_EQ(model.out[0], 'm');
	}
}

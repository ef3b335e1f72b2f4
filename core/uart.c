/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16550 driver; register names of the PC16550D data sheet. What does not
 * exist reads as all ones and must cost no more than a few reads.
 */
#include "core/uart.h"

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/port.h>

enum uart_register {
	UART_RBR = 0,		/* receiver buffer (read) */
	UART_THR = 0,		/* transmitter holding (write) */
	UART_DLL = 0,		/* divisor latch, low (DLAB) */
	UART_IER = 1,		/* interrupt enable */
	UART_DLM = 1,		/* divisor latch, high (DLAB) */
	UART_IIR = 2,		/* interrupt identification (read) */
	UART_FCR = 2,		/* FIFO control (write) */
	UART_LCR = 3,		/* line control */
	UART_MCR = 4,		/* modem control */
	UART_LSR = 5,		/* line status */
	UART_MSR = 6,		/* modem status */
	UART_SCR = 7,		/* scratch */
};

#define IER_ERBFI	BIT(0)	/* received data available */
#define IER_ETBEI	BIT(1)	/* transmitter holding register empty */
#define IIR_NONE	BIT(0)
#define IIR_FIFO	BITS(7, 6)	/* both set: the FIFO works */
#define FCR_ENABLE	BIT(0)
#define FCR_CLEAR	BITS(2, 1)	/* both directions */
#define LCR_8N1		0x03u
#define LCR_DLAB	BIT(7)
#define MCR_DTR		BIT(0)
#define MCR_RTS		BIT(1)
#define MCR_OUT2	BIT(3)	/* on a PC: lets the interrupt through */
#define MCR_LOOP	BIT(4)
#define LSR_DR		BIT(0)	/* data ready */
#define LSR_THRE	BIT(5)
#define LSR_TEMT	BIT(6)	/* transmitter empty */
#define LSR_ABSENT	0xffu
#define MSR_LINES	BITS(7, 4)
#define MSR_CTS		BIT(4)	/* looped from RTS */
#define MSR_DCD		BIT(7)	/* looped from OUT2 */

#define DIVISOR_115200	1
/*
 * Reads of LSR before a UART counts as stuck: a FIFO of 16 takes 1.4 ms at
 * 115200, a read on LPC about 1 us; flow control may hold it for longer.
 */
#define WAIT_READS	200000

static u8 uart_read(const struct uart *uart, enum uart_register reg)
{
	u8 *base = uart->mmio;

	if (!base)
		return in8((u16)(uart->port + reg));
	if (uart->stride_bytes == 4)
		return (u8)mmio_read32(base + reg * 4);
	return mmio_read8(base + reg);
}

static void uart_write(const struct uart *uart, enum uart_register reg, u64 v)
{
	u8 *base = uart->mmio;

	if (!base)
		out8((u16)(uart->port + reg), (u8)v);
	else if (uart->stride_bytes == 4)
		mmio_write32(base + reg * 4, (u8)v);
	else
		mmio_write8(base + reg, (u8)v);
}

static bool scratch_works(const struct uart *uart)
{
	uart_write(uart, UART_SCR, 0x5a);
	if (uart_read(uart, UART_SCR) != 0x5a)
		return false;
	uart_write(uart, UART_SCR, 0xa5);
	return uart_read(uart, UART_SCR) == 0xa5;
}

/* The modem lines are looped at once; a looped byte would take its time. */
static bool loopback_works(const struct uart *uart)
{
	u8 lines;

	uart_write(uart, UART_MCR, MCR_LOOP | MCR_OUT2 | MCR_RTS);
	lines = uart_read(uart, UART_MSR) & MSR_LINES;
	uart_write(uart, UART_MCR, 0);
	return lines == (MSR_DCD | MSR_CTS);
}

static void set_speed(const struct uart *uart)
{
	uart_write(uart, UART_LCR, LCR_DLAB | LCR_8N1);
	uart_write(uart, UART_DLL, DIVISOR_115200);
	uart_write(uart, UART_DLM, 0);
	uart_write(uart, UART_LCR, LCR_8N1);
}

static void set_fifo(struct uart *uart)
{
	uart_write(uart, UART_FCR, FCR_ENABLE | FCR_CLEAR);
	uart->fifo_bytes = 1;
	if ((uart_read(uart, UART_IIR) & IIR_FIFO) == IIR_FIFO)
		uart->fifo_bytes = 16;
	uart_write(uart, UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
}

bool uart_init_port(struct uart *uart, u16 port)
{
	struct uart probe = { .port = port, .stride_bytes = 1 };

	uart_write(&probe, UART_IER, 0);
	/* Either will do: an 8250 has no scratch register, a BMC's serial
	 * over LAN may have no modem lines. */
	if (!scratch_works(&probe) && !loopback_works(&probe))
		return false;
	set_speed(&probe);
	set_fifo(&probe);
	probe.present = true;
	*uart = probe;
	return true;
}

bool uart_init_spcr(struct uart *uart, u16 port, void *mmio, u8 stride_bytes)
{
	struct uart probe = {
		.port = port,
		.mmio = mmio,
		.stride_bytes = stride_bytes,
	};

	if (uart_read(&probe, UART_LSR) == LSR_ABSENT)
		return false;
	uart_write(&probe, UART_IER, 0);
	set_fifo(&probe);
	probe.present = true;
	*uart = probe;
	return true;
}

bool uart_can_send(const struct uart *uart)
{
	return uart_read(uart, UART_LSR) & LSR_THRE;
}

void uart_send(const struct uart *uart, char c)
{
	uart_write(uart, UART_THR, (u8)c);
}

bool uart_wait_send(struct uart *uart)
{
	u32 reads = uart->stuck ? 1 : WAIT_READS;

	while (reads--) {
		if (uart_can_send(uart)) {
			uart->stuck = false;
			return true;
		}
		cpu_relax();
	}
	uart->stuck = true;
	return false;
}

void uart_wait_idle(struct uart *uart)
{
	u32 reads = uart->stuck ? 1 : WAIT_READS;

	while (reads-- && !(uart_read(uart, UART_LSR) & LSR_TEMT))
		cpu_relax();
}

int uart_receive(const struct uart *uart)
{
	u8 lsr = uart_read(uart, UART_LSR);

	if (lsr == LSR_ABSENT || !(lsr & LSR_DR))
		return -1;
	return uart_read(uart, UART_RBR);
}

void uart_set_irq(struct uart *uart, bool receive, bool send)
{
	u8 ier = 0;

	if (receive)
		ier |= IER_ERBFI;
	if (send)
		ier |= IER_ETBEI;
	if (ier != uart->ier)
		uart_write(uart, UART_IER, ier);
	uart->ier = ier;
}

bool uart_irq_pending(const struct uart *uart)
{
	return !(uart_read(uart, UART_IIR) & IIR_NONE);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 16550 on I/O ports or in memory. Every wait is bounded by a count of
 * register reads, because it runs before the time base is known. Not locked.
 */
#ifndef CORE_UART_H
#define CORE_UART_H

#include "core/types.h"

struct uart {
	/* Set once by uart_init_*(). */
	bool present;
	u16 port;		/* when mmio is NULL */
	u8 stride_bytes;	/* 1, or 4: registers are 32-bit words */
	void *mmio;
	u32 fifo_bytes;		/* 16, or 1 without a working FIFO */
	/* Of its owner. */
	u8 ier;			/* what the register holds */
	bool stuck;		/* a wait ran out: do not wait again */
};

/* False: nothing answers there as a UART does. Ends at 115200 8N1. */
bool uart_init_port(struct uart *uart, u16 port);
/* Of ACPI SPCR: firmware has set the speed, and it stays. */
bool uart_init_spcr(struct uart *uart, u16 port, void *mmio, u8 stride_bytes);

/* Room for fifo_bytes now? */
bool uart_can_send(const struct uart *uart);
/* One byte of those that uart_can_send() promised. */
void uart_send(const struct uart *uart, char c);
/* Wait, bounded, for uart_can_send(). False: the UART is stuck. */
bool uart_wait_send(struct uart *uart);
/* Wait, bounded, until the last bit has left. */
void uart_wait_idle(struct uart *uart);
/* -1: nothing received. */
int uart_receive(const struct uart *uart);

/* Choose interrupts. Enabling `send` with room in the FIFO raises one. */
void uart_set_irq(struct uart *uart, bool receive, bool send);
/* True: an interrupt was pending; reading it may acknowledge it. */
bool uart_irq_pending(const struct uart *uart);

#endif

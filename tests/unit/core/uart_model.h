/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 16550 that answers as the data sheet says, on ports or in a window, for
 * the tests of the driver and of the console.
 */
#ifndef TESTS_UNIT_CORE_UART_MODEL_H
#define TESTS_UNIT_CORE_UART_MODEL_H

#include <string.h>

#include "core/types.h"

struct uart_model {
	/* What the test chooses. */
	u16 port;
	u32 stride;
	bool absent, stuck, no_fifo, no_scratch, no_loop;
	u32 busy_reads;		/* LSR reads until a full FIFO is empty */
	/* Registers. */
	u8 ier, lcr, mcr, scr, fcr;
	u16 divisor;
	bool thre_pending;
	u32 busy, level, most;	/* bytes in the transmit FIFO, and ever */
	char out[200000];
	u32 out_len;
	char in[256];
	u32 in_head, in_tail;
	u32 reads, overruns;
};

static inline bool model_thre(struct uart_model *m)
{
	return !m->stuck && m->level == 0;
}

static inline u8 model_lsr(struct uart_model *m)
{
	u8 lsr = m->in_head != m->in_tail;

	if (m->busy && !--m->busy)
		m->level = 0;
	if (model_thre(m))
		lsr |= 0x60;
	return lsr;
}

static inline u8 model_iir(struct uart_model *m)
{
	u8 fifo = m->no_fifo || !(m->fcr & 1) ? 0 : 0xc0;

	if ((m->ier & 1) && m->in_head != m->in_tail)
		return fifo | 4;
	if ((m->ier & 2) && m->thre_pending) {
		m->thre_pending = false;
		return fifo | 2;
	}
	return fifo | 1;
}

static inline u8 model_read(struct uart_model *m, u64 reg)
{
	m->reads++;
	if (m->absent)
		return 0xff;
	switch (reg) {
	case 0:
		if (m->lcr & 0x80)
			return (u8)m->divisor;
		if (m->in_head == m->in_tail)
			return 0;
		return (u8)m->in[m->in_tail++ % sizeof(m->in)];
	case 1:
		return m->ier;
	case 2:
		return model_iir(m);
	case 3:
		return m->lcr;
	case 4:
		return m->mcr;
	case 5:
		return model_lsr(m);
	case 6:
		if (!(m->mcr & 0x10) || m->no_loop)
			return 0xb0;
		return (u8)((m->mcr & 2) << 3 | (m->mcr & 1) << 5 |
			    (m->mcr & 12) << 4);
	default:
		return m->no_scratch ? 0 : m->scr;
	}
}

static inline void model_send(struct uart_model *m, u8 v)
{
	u32 depth = m->no_fifo || !(m->fcr & 1) ? 1 : 16;

	if (m->level >= depth) {
		m->overruns++;
		return;
	}
	m->level++;
	m->most = m->level > m->most ? m->level : m->most;
	m->busy = m->busy_reads;
	if (!m->busy)
		m->level = 0;
	m->thre_pending = true;
	if (m->out_len < sizeof(m->out) - 1)
		m->out[m->out_len++] = (char)v;
}

static inline void model_write(struct uart_model *m, u64 reg, u8 v)
{
	if (m->absent)
		return;
	switch (reg) {
	case 0:
		if (m->lcr & 0x80)
			m->divisor = (u16)((m->divisor & 0xff00) | v);
		else
			model_send(m, v);
		return;
	case 1:
		if (m->lcr & 0x80) {
			m->divisor = (u16)((m->divisor & 0xff) | v << 8);
			return;
		}
		if ((v & 2) && !(m->ier & 2) && model_thre(m))
			m->thre_pending = true;
		m->ier = v;
		return;
	case 2:
		m->fcr = v;
		return;
	case 3:
		m->lcr = v;
		return;
	case 4:
		m->mcr = v;
		return;
	case 7:
		m->scr = v;
		return;
	}
}

static inline void model_receive(struct uart_model *m, const char *text)
{
	for (; *text; text++)
		m->in[m->in_head++ % sizeof(m->in)] = *text;
}

#endif

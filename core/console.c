/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host console. All output goes through one transmit ring; the UART and
 * the framebuffer each follow it at a position of their own. Debugcon gets
 * each byte at once: one OUT, and only an emulator has it. Log lines are also
 * kept in a ring that nothing else can overwrite.
 *
 * In a panic spin_lock() waits a bounded time only, so output never hangs.
 *
 * State of one byte: written -> ring (log lock) -> sent by console_flush()
 * while synchronous, else by console_drain() or console_irq() on CPU 0.
 */
#include "core/console.h"

#include "core/console_ring.h"
#include "core/console_setup.h"
#include "core/cpu.h"
#include "core/fbtext.h"
#include "core/log.h"
#include "core/paging.h"
#include "core/printf.h"
#include "core/spinlock.h"
#include "core/string.h"
#include "core/uart.h"

#include <hw/cpu.h>
#include <hw/port.h>

#define DEBUGCON_PORT	0xe9	/* reads back its own number */
#define RX_BYTES	256u	/* a power of two */
#define RX_PER_IRQ	64	/* a broken UART must not keep CPU 0 */
#define IRQ_ROUNDS	16
#define FB_CHUNK_BYTES	256	/* per drain */
#define FB_ROWS		4
#define NOTE_BYTES	64

static struct console_ring log_ring = CONSOLE_RING_INIT;
static struct console_ring tx_ring = CONSOLE_RING_INIT;

static struct {
	/* Set at boot. */
	bool debugcon;
	bool framebuffer;
	struct console_line line;
	/* `lock` held. */
	struct spinlock lock;
	struct uart uart;
	bool closed;
	/* Written with `lock` held by CPU 0 only, once asynchronous. */
	u64 uart_pos;
	bool uart_cr;		/* CR of the '\n' at uart_pos is sent */
	char note[NOTE_BYTES];	/* goes to the UART before the ring */
	u32 note_at;
	/* Written with `lock` held, read by anyone. */
	bool async;
	bool kicked;		/* CPU 0 has been told to drain */
	u32 line_owner;
	/* CPU 0 only once asynchronous. */
	u64 fb_pos;
	bool fb_dirty;
	char rx[RX_BYTES];
	u32 rx_head, rx_tail;
} con = { .lock = SPINLOCK_INIT(LOCK_LOG), .line.gsi = -1 };

/* ---- UART ---- */

static bool uart_has_work(void)
{
	return con.uart.present && (con.note[con.note_at] ||
				    con.uart_pos < READ_ONCE(tx_ring.head));
}

/* The ring has gone over what was not sent yet: skip to what is there. */
static void note_loss(u64 oldest)
{
	format(con.note, sizeof(con.note), "\r\n[console: %lu bytes lost]\r\n",
	       oldest - con.uart_pos);
	con.note_at = 0;
	con.uart_pos = oldest;
	con.uart_cr = false;
}

static char next_uart_char(void)
{
	u64 oldest = console_ring_oldest(&tx_ring);
	u64 pos;
	char c;

	if (con.note[con.note_at])
		return con.note[con.note_at++];
	if (con.uart_pos < oldest) {
		note_loss(oldest);
		return con.note[con.note_at++];
	}
	pos = con.uart_pos;
	console_ring_copy(&tx_ring, &pos, &c, 1);
	if (c == '\n' && !con.uart_cr) {
		con.uart_cr = true;
		return '\r';
	}
	con.uart_cr = false;
	con.uart_pos = pos;
	return c;
}

/* Fill the FIFO once, if it is empty. */
static void pump_uart(void)
{
	if (!uart_has_work() || !uart_can_send(&con.uart))
		return;
	for (u32 i = 0; i < con.uart.fifo_bytes && uart_has_work(); i++)
		uart_send(&con.uart, next_uart_char());
}

static void flush_uart(void)
{
	while (uart_has_work()) {
		if (!uart_wait_send(&con.uart)) {
			/* Stuck: each byte would wait again. */
			con.note[con.note_at] = '\0';
			con.uart_pos = tx_ring.head;
			return;
		}
		pump_uart();
	}
}

static void arm_uart(void)
{
	bool irq = con.async && con.line.gsi >= 0;

	if (con.uart.present)
		uart_set_irq(&con.uart, irq, irq && uart_has_work());
}

/* ---- Framebuffer ---- */

static bool fb_has_work(void)
{
	return con.framebuffer &&
	       (con.fb_dirty || con.fb_pos < READ_ONCE(tx_ring.head));
}

static void flush_framebuffer(void)
{
	char chunk[FB_CHUNK_BYTES];
	size_t len;

	if (!con.framebuffer)
		return;
	while ((len = console_ring_copy(&tx_ring, &con.fb_pos, chunk,
					sizeof(chunk))))
		fbtext_write(chunk, len);
	con.fb_dirty = fbtext_draw(~0u);
}

/* CPU 0 alone draws now; the lock is held for reading the ring only. */
static void drain_framebuffer(void)
{
	char chunk[FB_CHUNK_BYTES];
	size_t len;

	spin_lock(&con.lock);
	len = console_ring_copy(&tx_ring, &con.fb_pos, chunk, sizeof(chunk));
	spin_unlock(&con.lock);
	fbtext_write(chunk, len);
	con.fb_dirty = fbtext_draw(FB_ROWS);
}

/* ---- Writers ---- */

static bool is_polled(void)
{
	return con.framebuffer || (con.uart.present && con.line.gsi < 0);
}

/* Lock held. */
static void emit(char c)
{
	console_ring_push(&tx_ring, c);
	if (con.debugcon)
		out8(DEBUGCON_PORT, (u8)c);
}

static void emit_text(u32 source, const char *prefix, const char *text,
		      size_t len_bytes)
{
	if (con.line_owner != CONSOLE_NOBODY && con.line_owner != source) {
		emit('\n');
		WRITE_ONCE(con.line_owner, CONSOLE_NOBODY);
	}
	for (size_t i = 0; i < len_bytes; i++) {
		if (con.line_owner == CONSOLE_NOBODY && prefix)
			for (const char *p = prefix; *p; p++)
				emit(*p);
		emit(text[i]);
		WRITE_ONCE(con.line_owner,
			   text[i] == '\n' ? CONSOLE_NOBODY : source);
	}
}

/* Lock held. True: CPU 0 is owed a request to drain. */
static bool start_output(void)
{
	if (!con.async || this_cpu()->in_panic) {
		flush_uart();
		flush_framebuffer();
		return false;
	}
	arm_uart();
	if (!is_polled() || con.kicked)
		return false;
	WRITE_ONCE(con.kicked, true);
	return true;
}

static void write_text(u32 source, const char *prefix, const char *text,
		       size_t len_bytes, bool keep)
{
	bool kick = false;

	spin_lock(&con.lock);
	for (size_t i = 0; keep && i < len_bytes; i++)
		console_ring_push(&log_ring, text[i]);
	if (!con.closed) {
		emit_text(source, prefix, text, len_bytes);
		kick = start_output();
	}
	spin_unlock(&con.lock);
	if (kick)
		cpu_request(0, CPU_REQ_CONSOLE);
}

void console_write_as(u32 source, const char *prefix, const char *text,
		      size_t len_bytes)
{
	write_text(source, prefix, text, len_bytes, false);
}

void console_write(const char *text, size_t len_bytes)
{
	write_text(CONSOLE_MONITOR, NULL, text, len_bytes, false);
}

void console_log(const char *line, size_t len_bytes)
{
	write_text(CONSOLE_LOG, NULL, line, len_bytes, true);
}

u32 console_line_owner(void)
{
	return READ_ONCE(con.line_owner);
}

u64 console_written(void)
{
	return READ_ONCE(tx_ring.head);
}

u64 console_backlog(void)
{
	u64 head = console_written();
	u64 shown = head;

	if (con.uart.present)
		shown = min(shown, con.uart_pos);
	if (con.framebuffer)
		shown = min(shown, con.fb_pos);
	return head - shown;
}

bool console_has_debugcon(void)
{
	return con.debugcon;
}

size_t console_ring_read(u64 *pos, char *buf, size_t size_bytes)
{
	size_t count;

	spin_lock(&con.lock);
	count = console_ring_copy(&log_ring, pos, buf, size_bytes);
	spin_unlock(&con.lock);
	return count;
}

/* ---- CPU 0 ---- */

void console_drain(void)
{
	if (!fb_has_work() && !uart_has_work() && !READ_ONCE(con.kicked))
		return;
	if (fb_has_work())
		drain_framebuffer();
	spin_lock(&con.lock);
	pump_uart();
	arm_uart();
	if (!fb_has_work() && !uart_has_work())
		WRITE_ONCE(con.kicked, false);
	spin_unlock(&con.lock);
}

bool console_wants_poll(void)
{
	if (con.uart.present && con.line.gsi < 0)
		return true;
	return fb_has_work();
}

/* What does not fit is lost, as in any UART whose reader is late. */
static bool receive_all(void)
{
	bool any = false;
	int c;

	for (u32 i = 0; i < RX_PER_IRQ; i++) {
		c = uart_receive(&con.uart);
		if (c < 0)
			break;
		any = true;
		if (con.rx_head - con.rx_tail < RX_BYTES)
			con.rx[con.rx_head++ % RX_BYTES] = (char)c;
	}
	return any;
}

void console_irq(void)
{
	bool received = false;

	/*
	 * The line may be edge-triggered: it must have been low once, which
	 * it is when IIR says that nothing is pending.
	 */
	for (u32 i = 0; i < IRQ_ROUNDS && uart_irq_pending(&con.uart); i++) {
		received |= receive_all();
		spin_lock(&con.lock);
		pump_uart();
		arm_uart();
		spin_unlock(&con.lock);
	}
	if (received)
		cpu_request(0, CPU_REQ_CONSOLE);
}

int console_getc(void)
{
	if (con.rx_head == con.rx_tail && con.uart.present &&
	    (con.line.gsi < 0 || !con.async))
		(void)receive_all();
	if (con.rx_head == con.rx_tail)
		return -1;
	return (u8)con.rx[con.rx_tail++ % RX_BYTES];
}

int console_gsi(void)
{
	return con.line.gsi;
}

void console_gsi_mode(bool *level, bool *low)
{
	*level = con.line.level;
	*low = con.line.low;
}

void console_no_irq(void)
{
	con.line.gsi = -1;
}

/* ---- Set-up and end ---- */

void console_init_early(void)
{
	con.debugcon = in8(DEBUGCON_PORT) == DEBUGCON_PORT;
	(void)uart_init_port(&con.uart, COM1_PORT);
}

static void describe(void)
{
	const struct uart *u = &con.uart;
	char uart[48] = "none";

	if (u->present && u->mmio)
		format(uart, sizeof(uart), "MMIO, GSI %d", con.line.gsi);
	else if (u->present)
		format(uart, sizeof(uart), "port %#x, GSI %d", u->port,
		       con.line.gsi);
	log_info("console", "debugcon %s, UART %s, framebuffer %s",
		 con.debugcon ? "yes" : "no", uart,
		 con.framebuffer ? "yes" : "no");
	log_info("console", "log ring of %u KiB at %#lx",
		 CONSOLE_RING_BYTES >> 10, virt_to_hpa(&log_ring));
}

void console_init(const struct boot_info *info)
{
	if (con.uart.present)
		con.line = console_find_com1_line();
	if (console_find_spcr(&con.uart, &con.line))
		con.uart_pos = 0;	/* what was said so far, too */
	con.framebuffer = console_find_framebuffer(&info->fb);
	describe();
}

void console_async(bool on)
{
	spin_lock(&con.lock);
	WRITE_ONCE(con.async, on);
	if (!on) {
		flush_uart();
		flush_framebuffer();
	}
	arm_uart();
	spin_unlock(&con.lock);
}

void console_close(const char *last, size_t len_bytes)
{
	spin_lock(&con.lock);
	emit_text(CONSOLE_LOG, NULL, last, len_bytes);
	con.closed = true;
	spin_unlock(&con.lock);
	console_async(false);
	if (con.uart.present)
		uart_wait_idle(&con.uart);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host console: debugcon 0xE9, a 16550 (COM1 or ACPI SPCR), framebuffer
 * text, and a RAM log ring that is always there. Writers only fill the ring;
 * console_drain() moves bytes to slow devices a FIFO at a time and never
 * waits. Before console_async(true), and in a panic, output is synchronous.
 *
 * Several sources share the screen. A line belongs to the source that began
 * it: when another one writes, the unfinished line is ended first.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include "core/boot_info.h"
#include "core/types.h"

enum console_source {
	CONSOLE_NOBODY,		/* as owner: the screen is at a line's start */
	CONSOLE_LOG,
	CONSOLE_MONITOR,
	CONSOLE_VM,		/* CONSOLE_VM + i: machine i */
};

/* Find what the machine has. Callable before paging is set up (0xE9, COM1). */
void console_init_early(void);
/* Second step: framebuffer and SPCR, once the direct map and ACPI exist. */
void console_init(const struct boot_info *info);
/* Once CPU 0 polls and, if there is one, the UART's GSI is routed to it. */
void console_async(bool on);
/* Write @last, take no more, send all there is, wait until the UART idles. */
void console_close(const char *last, size_t len_bytes);

/* Any CPU. '\n' becomes CR LF on the UART. Serialised by the log lock. */
void console_write(const char *text, size_t len_bytes);
/* The same for one whole log line, which the RAM log ring keeps. */
void console_log(const char *line, size_t len_bytes);
/* The same for @source; @prefix, if not NULL, goes before each new line. */
void console_write_as(u32 source, const char *prefix, const char *text,
		      size_t len_bytes);
/* Whose unfinished line is on the screen. A hint: it may change at once. */
u32 console_line_owner(void);
/* Bytes ever written; of those (CPU 0) what the slowest device has to show. */
u64 console_written(void);
u64 console_backlog(void);
/* Port 0xE9 echoes: this is an emulator. */
bool console_has_debugcon(void);

/* CPU 0, from the UART interrupt, idle and exits: bounded work. */
void console_drain(void);
/* CPU 0: there is work, or a device, that no interrupt announces. */
bool console_wants_poll(void);
/* CPU 0: take what the UART received; -1 when there is nothing. */
int console_getc(void);
/* GSI of the UART in use, or -1: boot/ routes it to CPU 0. */
int console_gsi(void);
void console_gsi_mode(bool *level, bool *low);
/* That GSI cannot be routed: CPU 0 polls. Before console_async(true). */
void console_no_irq(void);
/* The handler of that GSI, less the EOI. */
void console_irq(void);

/*
 * The log ring: copy up to @size bytes from position @pos on; returns the
 * count and moves @pos (it jumps forward when the ring has overwritten it).
 */
size_t console_ring_read(u64 *pos, char *buf, size_t size_bytes);

#endif

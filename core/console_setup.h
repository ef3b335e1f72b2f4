/* SPDX-License-Identifier: BSD-2-Clause */
/* Console devices that ACPI and the boot loader name. Of core/console.c. */
#ifndef CORE_CONSOLE_SETUP_H
#define CORE_CONSOLE_SETUP_H

#include "core/boot_info.h"
#include "core/types.h"
#include "core/uart.h"

#define COM1_PORT	0x3f8

/* How the UART's interrupt arrives. */
struct console_line {
	int gsi;		/* -1: not at all, the UART is polled */
	bool level, low;
};

struct console_line console_find_com1_line(void);
/* True: @uart and @line are now those of ACPI SPCR. */
bool console_find_spcr(struct uart *uart, struct console_line *line);
bool console_find_framebuffer(const struct boot_framebuffer *fb);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of the monitor only. */
#ifndef BOOT_MONITOR_INTERNAL_H
#define BOOT_MONITOR_INTERNAL_H

#include "boot/config.h"
#include "core/types.h"

/* Who has the keys: 0 is the monitor, i + 1 is machine i. */
#define FOCUS_MONITOR	0u

u32 monitor_focus(void);
void monitor_set_focus(u32 focus);
/* Lines of the monitor's own, at most 255 characters in one call. */
void monitor_print(const char *fmt, ...) __printf(1, 2);

/* Run one line that was typed at the prompt; it is cut into words. */
void monitor_command(char *line);

/* Move the VMs' output to the console. */
void monitor_output_init(enum config_prefix prefix);
void monitor_output_poll(void);
bool monitor_output_wants_poll(void);
/* Write what is held back of machine @index: its way of writing changes. */
void monitor_output_flush(u32 index);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor: who gets the keys of the host console, how the output of
 * several VMs shares its screen, and a few commands. docs/monitor.md. CPU 0.
 */
#ifndef BOOT_MONITOR_H
#define BOOT_MONITOR_H

#include "boot/config.h"

/* After machines_init(): the keys go to the first VM that starts by itself. */
void monitor_init(const struct config *config);
/* Keys, VMs' output, commands: bounded work, never waits for a device. */
void monitor_poll(void);
/* Call monitor_poll() again soon (some ms): nothing else will announce it. */
bool monitor_wants_poll(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configured machine: a VM with its platform devices, its RAM and its
 * console. The only place that knows all of them. CPU 0 only.
 */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "boot/config.h"
#include "core/boot_info.h"
#include "core/platform/platform.h"
#include "core/vconsole.h"
#include "pci/host_bridge.h"
#include "vmx/vm.h"

struct machine {
	const struct vm_config *config;
	struct vm vm;			/* valid while `built` */
	struct vconsole console;	/* outlives the VM */
	struct platform platform;
	struct vpci vpci;
	bool built;			/* vm, platform and RAM exist */
	bool restart;			/* start again once it has stopped */
	u64 start_tsc;
	u32 starts;
	u32 last_reason;		/* enum guest_stop_reason */
	u64 last_code;
	char why[128];			/* why it could not start */
};

/* Take the configuration; nothing is allocated for a VM that does not run. */
int machines_init(const struct config *config, const struct boot_info *info);
u32 machine_count(void);
struct machine *machine_get(u32 index);
struct machine *machine_find(const char *name);
bool machine_running(const struct machine *m);

/* Build the VM, load its guest, start it. -E...: m->why says it, logged. */
int machine_start(struct machine *m);
/* Ask a running VM to stop; machines_poll() reaps it. */
void machine_stop(struct machine *m);
void machine_restart(struct machine *m);
/* Start all that have autostart and no `after`. */
void machines_autostart(void);
/* CPU 0: reap stopped VMs, restart, start followers, end the machine. */
void machines_poll(void);

#endif

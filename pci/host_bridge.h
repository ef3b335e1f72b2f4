/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI bus of a VM: configuration mechanism 1 (0xCF8/0xCFC) and ECAM for
 * bus 0, with one host bridge at 0:0.0 and nothing else.
 */
#ifndef PCI_HOST_BRIDGE_H
#define PCI_HOST_BRIDGE_H

#include "core/guest.h"
#include "core/spinlock.h"
#include "core/types.h"

#define VPCI_CONFIG_BYTES	256	/* no extended capabilities */

struct vpci {
	struct guest *guest;
	struct spinlock lock;		/* LOCK_PCI; guards all below */
	u32 address;			/* 0xCF8 latch */
	u8 reset_control;		/* 0xCF9 */
	u8 config[VPCI_CONFIG_BYTES];	/* of 0:0.0 */
};

/* Trap 0xCF8-0xCFF, the reset register 0xCF9 among them, and the ECAM. */
int vpci_init(struct vpci *pci, struct guest *guest) __must_check;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices of core/platform/, one init function each, called by
 * platform_init() only. Each traps its ports in p->guest.
 */
#ifndef CORE_PLATFORM_DEVICES_H
#define CORE_PLATFORM_DEVICES_H

#include "core/platform/platform.h"

int vuart_init(struct platform *p) __must_check;
int power_init(struct platform *p) __must_check;
int debug_init(struct platform *p) __must_check;
int fwcfg_init(struct platform *p) __must_check;
int rtc_init(struct platform *p) __must_check;
int legacy_init(struct platform *p) __must_check;
int testdev_init(struct platform *p) __must_check;

/* A byte to the console, in order with what the UART sends. */
void vuart_console_out(struct platform *p, u8 c);

/*
 * Serve an access to byte-wide registers: each byte of it goes to @byte with
 * the offset of its own, lowest first, as the ISA bus splits it.
 */
typedef u8 (*port_byte)(struct platform *p, u64 offset, bool write, u8 value);
void platform_bytes(struct platform *p, struct trap_access *access,
		    port_byte byte);

#endif

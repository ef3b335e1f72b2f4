/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Double of core/hw/port.h: a test answers through hooks; without one, reads
 * give all ones. Writes are kept in a trace.
 */
#ifndef TESTS_HW_PORT_H
#define TESTS_HW_PORT_H

#include "core/types.h"

#define HW_PORT_TRACE 4096

struct hw_port_write {
	u16 port;
	u8 size_bytes;
	u32 value;
};

extern struct hw_port_write hw_port_trace[HW_PORT_TRACE];
extern u32 hw_port_writes;

extern u32 (*hw_port_in_hook)(u16 port, u32 size_bytes);
extern void (*hw_port_out_hook)(u16 port, u32 size_bytes, u32 value);

void hw_port_reset(void);

u8 in8(u16 port);
u16 in16(u16 port);
u32 in32(u16 port);
void out8(u16 port, u8 value);
void out16(u16 port, u16 value);
void out32(u16 port, u32 value);

#endif

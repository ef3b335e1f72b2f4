/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports of the host build. */

#include <hw/port.h>

struct hw_port_write hw_port_trace[HW_PORT_TRACE];
u32 hw_port_writes;
u32 (*hw_port_in_hook)(u16 port, u32 size_bytes);
void (*hw_port_out_hook)(u16 port, u32 size_bytes, u32 value);

void hw_port_reset(void)
{
	hw_port_writes = 0;
	hw_port_in_hook = NULL;
	hw_port_out_hook = NULL;
}

static u32 port_in(u16 port, u32 size_bytes)
{
	return hw_port_in_hook ? hw_port_in_hook(port, size_bytes) : ~0u;
}

static void port_out(u16 port, u32 size_bytes, u32 value)
{
	if (hw_port_writes < HW_PORT_TRACE)
		hw_port_trace[hw_port_writes++] =
			(struct hw_port_write){ port, size_bytes, value };
	if (hw_port_out_hook)
		hw_port_out_hook(port, size_bytes, value);
}

u8 in8(u16 port)
{
	return (u8)port_in(port, 1);
}

u16 in16(u16 port)
{
	return (u16)port_in(port, 2);
}

u32 in32(u16 port)
{
	return port_in(port, 4);
}

void out8(u16 port, u8 value)
{
	port_out(port, 1, value);
}

void out16(u16 port, u16 value)
{
	port_out(port, 2, value);
}

void out32(u16 port, u32 value)
{
	port_out(port, 4, value);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Double of core/hw/mmio.h. A test registers a device at a physical address;
 * paging_map_mmio() of the host build returns a window of it, and accesses to
 * the window call the device. Other addresses are plain memory.
 */
#ifndef TESTS_HW_MMIO_H
#define TESTS_HW_MMIO_H

#include "core/types.h"

typedef u64 (*hw_mmio_read)(void *device, u64 offset, u32 size_bytes);
typedef void (*hw_mmio_write)(void *device, u64 offset, u32 size_bytes,
			      u64 value);

void hw_mmio_reset(void);
void hw_mmio_add(u64 hpa, u64 len_bytes, hw_mmio_read read,
		 hw_mmio_write write, void *device);
/* The window of [hpa, hpa + len), or NULL: no device there. */
void *hw_mmio_window(u64 hpa, u64 len_bytes);

u8 mmio_read8(const volatile void *p);
u16 mmio_read16(const volatile void *p);
u32 mmio_read32(const volatile void *p);
u64 mmio_read64(const volatile void *p);
void mmio_write8(volatile void *p, u8 v);
void mmio_write16(volatile void *p, u16 v);
void mmio_write32(volatile void *p, u32 v);
void mmio_write64(volatile void *p, u64 v);

#endif

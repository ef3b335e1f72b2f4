/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own address space (docs/memory-map.md): image W^X in 4 KiB
 * pages, direct map RW+NX, stacks between guard pages.
 */
#ifndef CORE_PAGING_H
#define CORE_PAGING_H

#include "core/boot_info.h"
#include "core/hw/layout.h"
#include "core/types.h"

/* Room between the direct map and the stacks: 127 TiB. */
#define DIRECT_MAP_BYTES (STACK_REGION_VA - DIRECT_MAP_VA)

/* IA32_PAT of the host: its power-on value with entry 1 (PWT) as WC. */
#define HOST_PAT	0x0007040600070106ull

enum mmio_type { MMIO_UC, MMIO_WC };

/* Build the final tables and switch to them (boot CPU). */
void paging_init(const struct boot_info *info);
/* Other CPUs: same tables, CR0/CR4/EFER/PAT set alike. */
void paging_init_ap(void);
/* End of boot: make __ro_after_init data read-only. */
void paging_seal(void);
/* Drop every translation that this CPU holds, global ones too. */
void paging_flush(void);
/*
 * Firmware tables outside of every region of the memory map: map them into
 * the direct map (write-back). What is mapped stays as it is. -ENOMEM.
 */
int paging_map_firmware(u64 hpa, u64 len_bytes) __must_check;
/* Something is mapped at @va: for dumps that must not fault. */
bool paging_mapped(const void *va);
/* Map device memory into the direct map; returns its address or NULL. */
void *paging_map_mmio(u64 hpa, u64 len_bytes, enum mmio_type type);
/* A stack of @pages between two unmapped pages; returns its top. Or NULL. */
void *paging_alloc_stack(u32 pages);
/* hpa of an address in the image or in the direct map. */
u64 virt_to_hpa(const void *va);

#endif

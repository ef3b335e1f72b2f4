/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map of UEFI (UEFI 2.10, 7.2.3 "EFI_BOOT_SERVICES.GetMemoryMap()")
 * as regions: for multiboot2's tag 17 and for our own UEFI application.
 */
#ifndef CORE_EFI_MEMORY_H
#define CORE_EFI_MEMORY_H

#include "core/boot_info.h"
#include "core/types.h"

/*
 * Add the descriptors in @len_bytes at @map, each @descr_bytes long, as they
 * count after ExitBootServices(). Pure, bounds-checked.
 */
void efi_memory_map(struct boot_info *info, const void *map, size_t len_bytes,
		    u32 descr_bytes);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* UEFI memory descriptors (UEFI 2.10, 7.2.3 and table 7.10). */
#include "core/efi_memory.h"

#include "core/string.h"

enum efi_memory_type {
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_SERVICES_CODE = 3,
	EFI_BOOT_SERVICES_DATA = 4,
	EFI_CONVENTIONAL = 7,
	EFI_UNUSABLE = 8,
	EFI_ACPI_RECLAIM = 9,
	EFI_ACPI_NVS = 10,
};

struct efi_descriptor {
	u32 type;
	u32 pad;
	u64 physical_start;
	u64 virtual_start;
	u64 number_of_pages;
	u64 attribute;
};

_Static_assert(sizeof(struct efi_descriptor) == 40, "version 1");

static u32 region_type(u32 type)
{
	switch (type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_SERVICES_CODE:
	case EFI_BOOT_SERVICES_DATA:
	case EFI_CONVENTIONAL:
		return REGION_RAM;
	case EFI_UNUSABLE:
		return REGION_BAD;
	case EFI_ACPI_RECLAIM:
		return REGION_ACPI;
	case EFI_ACPI_NVS:
		return REGION_NVS;
	default:
		/* Runtime services, MMIO, persistent memory, what may come. */
		return REGION_RESERVED;
	}
}

void efi_memory_map(struct boot_info *info, const void *map, size_t len_bytes,
		    u32 descr_bytes)
{
	const u8 *bytes = map;
	struct efi_descriptor d;

	/* GetMemoryMap() says the size because later versions may add to it. */
	if (descr_bytes < sizeof(d))
		return;
	for (; len_bytes >= descr_bytes;
	     len_bytes -= descr_bytes, bytes += descr_bytes) {
		memcpy(&d, bytes, sizeof(d));
		if (d.number_of_pages > ~0ull >> PAGE_SHIFT)
			continue;
		boot_info_add_region(info, d.physical_start,
				     d.number_of_pages << PAGE_SHIFT,
				     region_type(d.type));
	}
}

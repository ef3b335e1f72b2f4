/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What firmware knows of the machine, and the last step out of firmware:
 * framebuffer (UEFI 2.10, 12.9), configuration table (4.6), memory map (7.2.3)
 * and ExitBootServices() (7.4.6).
 */
#include "boot/efi/app.h"

#include "core/efi_memory.h"
#include "core/string.h"

/* Room for what the map may grow by while we allocate its buffer. */
#define MAP_SLACK_BYTES		8192
#define EXIT_ATTEMPTS		8

static EFI_GUID gop_guid = {
	0x9042a9de, 0x23dc, 0x4a38,
	{ 0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a },
};
static const EFI_GUID acpi_20_guid = {
	0x8868e871, 0xe4f1, 0x11d3,
	{ 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 },
};
static const EFI_GUID acpi_10_guid = {
	0xeb9d2d30, 0x2d88, 0x11d3,
	{ 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d },
};

void *alloc_low(u64 len_bytes, EFI_MEMORY_TYPE type)
{
	EFI_PHYSICAL_ADDRESS hpa = (1ull << 32) - 1;
	UINTN pages = (UINTN)(align_up(len_bytes, PAGE_SIZE) / PAGE_SIZE);
	EFI_STATUS status;

	status = uefi_call_wrapper(BS->AllocatePages, 4, AllocateMaxAddress,
				   type, pages, &hpa);
	if (EFI_ERROR(status))
		return NULL;
	return memset((void *)(UINTN)hpa, 0, pages * PAGE_SIZE);
}

/* Lowest set bit: where a colour starts in a pixel. */
static u8 mask_shift(u32 mask)
{
	return mask ? (u8)__builtin_ctz(mask) : 0;
}

static bool pixel_layout(struct boot_framebuffer *fb,
			 const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode)
{
	switch (mode->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		fb->green_shift = 8;
		fb->blue_shift = 16;
		return true;
	case PixelBlueGreenRedReserved8BitPerColor:
		fb->red_shift = 16;
		fb->green_shift = 8;
		return true;
	case PixelBitMask:
		fb->red_shift = mask_shift(mode->PixelInformation.RedMask);
		fb->green_shift = mask_shift(mode->PixelInformation.GreenMask);
		fb->blue_shift = mask_shift(mode->PixelInformation.BlueMask);
		return true;
	default:
		return false;	/* no linear framebuffer */
	}
}

static void find_framebuffer(struct boot_info *info)
{
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode;
	EFI_STATUS status;

	status = uefi_call_wrapper(BS->LocateProtocol, 3, &gop_guid, NULL,
				   (void **)&gop);
	if (EFI_ERROR(status) || !gop->Mode || !gop->Mode->Info)
		return;
	mode = gop->Mode->Info;
	if (!pixel_layout(&info->fb, mode))
		return;
	info->fb.base_hpa = gop->Mode->FrameBufferBase;
	info->fb.pitch_bytes = mode->PixelsPerScanLine * 4;
	info->fb.width = mode->HorizontalResolution;
	info->fb.height = mode->VerticalResolution;
	info->fb.bpp = 32;
}

static u64 find_table(EFI_SYSTEM_TABLE *system, const EFI_GUID *guid)
{
	for (UINTN i = 0; i < system->NumberOfTableEntries; i++) {
		EFI_CONFIGURATION_TABLE *table =
			&system->ConfigurationTable[i];

		if (memcmp(&table->VendorGuid, guid, sizeof(*guid)) == 0)
			return (u64)(UINTN)table->VendorTable;
	}
	return 0;
}

void machine_describe(struct boot_info *info, EFI_SYSTEM_TABLE *system)
{
	info->efi = 1;
	info->efi_system_table_hpa = (u64)(UINTN)system;
	info->rsdp_hpa = find_table(system, &acpi_20_guid);
	if (!info->rsdp_hpa)
		info->rsdp_hpa = find_table(system, &acpi_10_guid);
	find_framebuffer(info);
}

EFI_STATUS machine_take_over(struct boot_info *info, EFI_HANDLE image)
{
	UINTN size = 0, capacity, key, descr_bytes;
	UINT32 version;
	EFI_STATUS status;
	void *map;

	/* With no room at all it answers with the size that it needs. */
	uefi_call_wrapper(BS->GetMemoryMap, 5, &size, NULL, &key, &descr_bytes,
			  &version);
	capacity = size + MAP_SLACK_BYTES;
	map = alloc_low(capacity, EfiLoaderData);
	if (!map)
		return EFI_OUT_OF_RESOURCES;
	/*
	 * "MapKey … is incorrect": a timer of the firmware changed the map in
	 * between. Only GetMemoryMap() may be called then, and no allocation.
	 */
	for (u32 i = 0; i < EXIT_ATTEMPTS; i++) {
		size = capacity;
		status = uefi_call_wrapper(BS->GetMemoryMap, 5, &size, map,
					   &key, &descr_bytes, &version);
		if (EFI_ERROR(status))
			return status;
		status = uefi_call_wrapper(BS->ExitBootServices, 2, image,
					   key);
		if (!EFI_ERROR(status)) {
			efi_memory_map(info, map, size, (u32)descr_bytes);
			return status;
		}
	}
	return status;
}

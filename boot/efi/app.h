/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UEFI application BOOTX64.EFI: reads noexit.elf, noexit.conf and the
 * files that it names from its own volume, fills a struct boot_info, leaves
 * boot services and enters the ELF. Only names that gnu-efi 3.0 and 4 share.
 */
#ifndef BOOT_EFI_APP_H
#define BOOT_EFI_APP_H

#include <efi.h>
#include <efilib.h>

#include "core/boot_info.h"
#include "core/types.h"

/* A file in memory, or a piece of memory that firmware gave us. */
struct blob {
	void *bytes;
	u64 len_bytes;
};

/* Where files are looked for, in this order. */
#define VOLUME_DIRS		3
#define VOLUME_PATH_CHARS	256

struct volume {
	EFI_FILE_PROTOCOL *root;
	CHAR16 dir[VOLUME_DIRS][VOLUME_PATH_CHARS];	/* end with '\\' */
};

/* Say what is wrong and what helps, give time to read it; returns @status. */
EFI_STATUS refuse(EFI_STATUS status, const char *cause, const char *cure);

/* Pages below 4 GiB, zeroed; NULL when there are none. */
void *alloc_low(u64 len_bytes, EFI_MEMORY_TYPE type);

EFI_STATUS volume_open(struct volume *volume,
		       EFI_LOADED_IMAGE_PROTOCOL *image);
/* EFI_NOT_FOUND when no directory has it. The bytes end with a NUL more. */
EFI_STATUS volume_read(struct volume *volume, const char *name,
		       struct blob *file);

/* Framebuffer, RSDP, system table into @info. */
void machine_describe(struct boot_info *info, EFI_SYSTEM_TABLE *system);
/*
 * Fill the memory map and leave boot services: no firmware call, no Print()
 * after EFI_SUCCESS.
 */
EFI_STATUS machine_take_over(struct boot_info *info, EFI_HANDLE image);

#endif

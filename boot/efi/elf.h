/* SPDX-License-Identifier: BSD-2-Clause */
/* noexit.elf: checked, measured, put in place. Pure. */
#ifndef BOOT_EFI_ELF_H
#define BOOT_EFI_ELF_H

#include "core/types.h"

struct elf_plan {
	u64 low_paddr;		/* of the first segment */
	u64 span_bytes;		/* from there to the end of the last */
	u64 entry_offset;	/* of the 64-bit UEFI entry from low_paddr */
};

/* NULL when @file can be loaded, else what is wrong with it. */
const char *elf_measure(const void *file, u64 len_bytes,
			struct elf_plan *plan);
/* Copy the segments of a measured file to @dst, span_bytes large, zeroed. */
void elf_place(const void *file, const struct elf_plan *plan, void *dst);

#endif

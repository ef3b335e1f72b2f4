/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files of guests, 32- and 64-bit, little-endian x86. Every offset is
 * checked against the file before it is used (System V ABI, chapter 4 and 5).
 */
#ifndef BOOT_GUEST_ELF_H
#define BOOT_GUEST_ELF_H

#include "boot/guest/loader.h"
#include "core/types.h"

#define ELF_MAX_SEGMENTS 128

struct elf {
	const u8 *bytes;
	u64 len_bytes;
	bool is_64;
	u64 entry;
	u64 phoff;
	u32 phentsize;
	u32 phnum;
};

enum elf_segment_type { ELF_PT_LOAD = 1, ELF_PT_NOTE = 4 };

struct elf_segment {
	u32 type;
	u64 offset, filesz;	/* within the file if type is LOAD or NOTE */
	u64 vaddr, paddr, memsz;
};

/* -EINVAL unless @file is an x86 ELF executable with usable headers. */
int elf_open(struct elf *elf, const struct guest_file *file) __must_check;
/* -EINVAL if the segment is malformed. @index < phnum. */
int elf_segment(const struct elf *elf, u32 index, struct elf_segment *seg)
	__must_check;
/* Load all PT_LOAD segments at their physical addresses. */
int elf_load(const struct elf *elf, struct loader *l) __must_check;
/*
 * The entry point as a physical address: many kernels give a virtual one.
 */
u64 elf_entry_gpa(const struct elf *elf);
/* Descriptor of the note (@name, @type): 4 or 8 bytes. False: none. */
bool elf_note(const struct elf *elf, const char *name, u32 type, u64 *value);

#endif

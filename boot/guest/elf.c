/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF parsing and loading. A field is copied out before it is looked at. */
#include "boot/guest/elf.h"

#include "core/err.h"
#include "core/string.h"

#define EI_CLASS	4
#define EI_DATA		5
#define ELFCLASS32	1
#define ELFCLASS64	2
#define ELFDATA2LSB	1
#define ET_EXEC		2
#define ET_DYN		3
#define EM_386		3
#define EM_X86_64	62
#define NOTE_HEADER_BYTES 12

struct elf_header_32 {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header_32) == 52, "Elf32_Ehdr");

struct elf_header_64 {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header_64) == 64, "Elf64_Ehdr");

struct elf_program_32 {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};
_Static_assert(sizeof(struct elf_program_32) == 32, "Elf32_Phdr");

struct elf_program_64 {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct elf_program_64) == 56, "Elf64_Phdr");

/* Written so that no sum can wrap: both numbers come from the file. */
static bool within(const struct elf *elf, u64 offset, u64 len_bytes)
{
	return offset <= elf->len_bytes && len_bytes <= elf->len_bytes - offset;
}

/* ET_DYN, too: a static-pie kernel is loaded where its headers say. */
static bool machine_ok(u16 type, u16 machine)
{
	return (type == ET_EXEC || type == ET_DYN) &&
	       (machine == EM_386 || machine == EM_X86_64);
}

static int open_32(struct elf *elf)
{
	struct elf_header_32 h;

	if (!within(elf, 0, sizeof(h)))
		return -EINVAL;
	memcpy(&h, elf->bytes, sizeof(h));
	elf->entry = h.entry;
	elf->phoff = h.phoff;
	elf->phentsize = h.phentsize;
	elf->phnum = h.phnum;
	return machine_ok(h.type, h.machine) &&
	       h.phentsize >= sizeof(struct elf_program_32) ? 0 : -EINVAL;
}

static int open_64(struct elf *elf)
{
	struct elf_header_64 h;

	if (!within(elf, 0, sizeof(h)))
		return -EINVAL;
	memcpy(&h, elf->bytes, sizeof(h));
	elf->entry = h.entry;
	elf->phoff = h.phoff;
	elf->phentsize = h.phentsize;
	elf->phnum = h.phnum;
	return machine_ok(h.type, h.machine) &&
	       h.phentsize >= sizeof(struct elf_program_64) ? 0 : -EINVAL;
}

int elf_open(struct elf *elf, const struct guest_file *file)
{
	int err;

	*elf = (struct elf){ .bytes = file->bytes,
			     .len_bytes = file->len_bytes };
	if (!within(elf, 0, 16) || memcmp(elf->bytes, "\177ELF", 4) ||
	    elf->bytes[EI_DATA] != ELFDATA2LSB)
		return -EINVAL;
	elf->is_64 = elf->bytes[EI_CLASS] == ELFCLASS64;
	if (!elf->is_64 && elf->bytes[EI_CLASS] != ELFCLASS32)
		return -EINVAL;
	err = elf->is_64 ? open_64(elf) : open_32(elf);
	if (err)
		return err;
	/* The limit bounds every walk; Linux has 5 segments, others fewer. */
	if (!elf->phnum || elf->phnum > ELF_MAX_SEGMENTS ||
	    !within(elf, elf->phoff, (u64)elf->phnum * elf->phentsize))
		return -EINVAL;
	return 0;
}

int elf_segment(const struct elf *elf, u32 index, struct elf_segment *seg)
{
	const u8 *at = elf->bytes + elf->phoff + (u64)index * elf->phentsize;
	struct elf_program_32 p32;
	struct elf_program_64 p64;

	if (elf->is_64) {
		memcpy(&p64, at, sizeof(p64));
		*seg = (struct elf_segment){
			p64.type, p64.offset, p64.filesz, p64.vaddr, p64.paddr,
			p64.memsz,
		};
	} else {
		memcpy(&p32, at, sizeof(p32));
		*seg = (struct elf_segment){
			p32.type, p32.offset, p32.filesz, p32.vaddr, p32.paddr,
			p32.memsz,
		};
	}
	/* Of other types nothing is used, so nothing is checked. */
	if (seg->type != ELF_PT_LOAD && seg->type != ELF_PT_NOTE)
		return 0;
	if (!within(elf, seg->offset, seg->filesz))
		return -EINVAL;
	if (seg->type == ELF_PT_LOAD && seg->filesz > seg->memsz)
		return -EINVAL;
	return 0;
}

int elf_load(const struct elf *elf, struct loader *l)
{
	struct elf_segment seg;
	bool any = false;
	u32 i;
	int err;

	for (i = 0; i < elf->phnum; i++) {
		if (elf_segment(elf, i, &seg))
			return loader_fail(l, -EINVAL,
					   "ELF segment %u is malformed", i);
		/* Linkers leave empty segments with an address of 0. */
		if (seg.type != ELF_PT_LOAD || !seg.memsz)
			continue;
		err = loader_load(l, seg.paddr, elf->bytes + seg.offset,
				  seg.filesz, seg.memsz);
		if (err)
			return err;
		any = true;
	}
	return any ? 0 : loader_fail(l, -EINVAL, "ELF without PT_LOAD");
}

/*
 * Boot protocols want a physical entry, but a kernel linked to high addresses
 * often has a virtual one; boot loaders translate it, so kernels rely on it.
 */
u64 elf_entry_gpa(const struct elf *elf)
{
	struct elf_segment seg;
	u32 i;

	for (i = 0; i < elf->phnum; i++)
		if (!elf_segment(elf, i, &seg) && seg.type == ELF_PT_LOAD &&
		    elf->entry >= seg.vaddr &&
		    elf->entry - seg.vaddr < seg.memsz)
			return seg.paddr + (elf->entry - seg.vaddr);
	return elf->entry;
}

/* Notes are padded to 4 bytes, whatever the class of the file. */
static bool note_in(const struct elf *elf, const struct elf_segment *seg,
		    const char *name, u32 type, u64 *value)
{
	u64 offset = seg->offset, end = seg->offset + seg->filesz;
	u64 name_bytes = strlen(name) + 1, desc;
	u32 header[3];			/* namesz, descsz, type */

	while (end - offset >= NOTE_HEADER_BYTES) {
		memcpy(header, elf->bytes + offset, sizeof(header));
		offset += NOTE_HEADER_BYTES;
		/* 32-bit sizes in 64-bit sums: no wrap. */
		desc = offset + align_up((u64)header[0], 4);
		if (desc > end || header[1] > end - desc)
			return false;
		if (header[2] == type && header[0] == name_bytes &&
		    !memcmp(elf->bytes + offset, name, name_bytes) &&
		    (header[1] == 4 || header[1] == 8)) {
			*value = 0;
			memcpy(value, elf->bytes + desc, header[1]);
			return true;
		}
		offset = desc + align_up((u64)header[1], 4);
		if (offset > end)
			return false;
	}
	return false;
}

bool elf_note(const struct elf *elf, const char *name, u32 type, u64 *value)
{
	struct elf_segment seg;
	u32 i;

	for (i = 0; i < elf->phnum; i++)
		if (!elf_segment(elf, i, &seg) && seg.type == ELF_PT_NOTE &&
		    note_in(elf, &seg, name, type, value))
			return true;
	return false;
}

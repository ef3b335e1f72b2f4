/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of an ELF loader that noexit.elf needs: PT_LOAD segments with
 * their physical addresses, moved as one block, and the note `Noexit` type 1
 * that holds the offset of the UEFI entry.
 */
#include "boot/efi/elf.h"

#include "core/string.h"

/* Larger than this is not our image. */
#define ELF_MAX_SPAN	(64ull << 20)
#define ELF_MAX_PHDRS	64

#define PT_LOAD		1
#define PT_NOTE		4
#define NOTE_NAME	"Noexit"
#define NOTE_ENTRY	1

struct elf64_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_note {
	u32 namesz, descsz, type;
};

_Static_assert(sizeof(struct elf64_header) == 64, "Elf64_Ehdr");
_Static_assert(sizeof(struct elf64_phdr) == 56, "Elf64_Phdr");

/* 0x7f "ELF", 64-bit, little endian, version 1. */
static const u8 elf_ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
#define ELF_MACHINE_X86_64	62

static void get_header(const void *file, struct elf64_header *header)
{
	memcpy(header, file, sizeof(*header));
}

/* Program header @i; the caller has checked phoff and phnum. */
static void get_phdr(const void *file, const struct elf64_header *header,
		     u32 i, struct elf64_phdr *phdr)
{
	memcpy(phdr, (const u8 *)file + header->phoff + i * sizeof(*phdr),
	       sizeof(*phdr));
}

static bool header_ok(const void *file, u64 len_bytes,
		      struct elf64_header *header)
{
	if (len_bytes < sizeof(*header))
		return false;
	get_header(file, header);
	return memcmp(header->ident, elf_ident, sizeof(elf_ident)) == 0 &&
	       header->machine == ELF_MACHINE_X86_64 &&
	       header->phentsize == sizeof(struct elf64_phdr) &&
	       header->phnum <= ELF_MAX_PHDRS &&
	       header->phoff <= len_bytes &&
	       header->phnum * sizeof(struct elf64_phdr) <=
		       len_bytes - header->phoff;
}

static bool load_ok(const struct elf64_phdr *phdr)
{
	return phdr->filesz <= phdr->memsz && phdr->memsz <= ELF_MAX_SPAN &&
	       phdr->paddr < 1ull << 32;
}

/* Look for our note in one PT_NOTE segment. */
static bool find_entry(const u8 *bytes, u64 len_bytes, u64 *entry_offset)
{
	struct elf_note note;
	u64 name_bytes, desc_bytes;
	u32 value;

	while (len_bytes >= sizeof(note)) {
		memcpy(&note, bytes, sizeof(note));
		bytes += sizeof(note);
		len_bytes -= sizeof(note);
		name_bytes = align_up((u64)note.namesz, 4);
		desc_bytes = align_up((u64)note.descsz, 4);
		if (name_bytes + desc_bytes > len_bytes)
			return false;
		if (note.type == NOTE_ENTRY && note.descsz == sizeof(value) &&
		    note.namesz == sizeof(NOTE_NAME) &&
		    memcmp(bytes, NOTE_NAME, sizeof(NOTE_NAME)) == 0) {
			memcpy(&value, bytes + name_bytes, sizeof(value));
			*entry_offset = value;
			return true;
		}
		bytes += name_bytes + desc_bytes;
		len_bytes -= name_bytes + desc_bytes;
	}
	return false;
}

const char *elf_measure(const void *file, u64 len_bytes,
			struct elf_plan *plan)
{
	struct elf64_header header;
	struct elf64_phdr phdr;
	u64 low = ~0ull, high = 0;
	bool found = false;

	if (!header_ok(file, len_bytes, &header))
		return "is not an ELF64 image for x86-64";
	for (u32 i = 0; i < header.phnum; i++) {
		get_phdr(file, &header, i, &phdr);
		if (phdr.type != PT_LOAD && phdr.type != PT_NOTE)
			continue;
		if (phdr.offset > len_bytes ||
		    phdr.filesz > len_bytes - phdr.offset)
			return "is cut short";
		if (phdr.type == PT_NOTE)
			found |= find_entry((const u8 *)file + phdr.offset,
					    phdr.filesz, &plan->entry_offset);
		if (phdr.type != PT_LOAD || !phdr.memsz)
			continue;
		if (!load_ok(&phdr))
			return "has a segment that makes no sense";
		low = min(low, phdr.paddr);
		high = max(high, phdr.paddr + phdr.memsz);
	}
	if (low >= high || high - low > ELF_MAX_SPAN)
		return "has no segments of a sensible size";
	if (!found || plan->entry_offset >= high - low)
		return "has no entry for UEFI (a note named Noexit)";
	plan->low_paddr = low;
	plan->span_bytes = align_up(high - low, PAGE_SIZE);
	return NULL;
}

void elf_place(const void *file, const struct elf_plan *plan, void *dst)
{
	struct elf64_header header;
	struct elf64_phdr phdr;

	get_header(file, &header);
	for (u32 i = 0; i < header.phnum; i++) {
		get_phdr(file, &header, i, &phdr);
		if (phdr.type == PT_LOAD && phdr.memsz)
			memcpy((u8 *)dst + (phdr.paddr - plan->low_paddr),
			       (const u8 *)file + phdr.offset, phdr.filesz);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ELF loader of the UEFI application. The application is not part of the
 * host build, but this file of it is pure: it is compiled in here.
 */
#include "boot/efi/elf.c"

#include <stdlib.h>

#include "tests/unit/test.h"

#define NOTE_AT		0x200
#define DATA_AT		0x300
#define FILE_BYTES	0x400

static u8 file[FILE_BYTES];
static struct elf64_header header;
static struct elf64_phdr phdr[3];
static struct {
	struct elf_note head;
	char name[8];
	u32 desc;
} note;

static void begin(void)
{
	memset(file, 0, sizeof(file));
	memset(phdr, 0, sizeof(phdr));
	header = (struct elf64_header){
		.machine = 62, .phoff = 64, .phentsize = 56, .phnum = 3,
	};
	memcpy(header.ident, elf_ident, sizeof(elf_ident));
	phdr[0] = (struct elf64_phdr){
		.type = PT_LOAD, .offset = DATA_AT, .paddr = 0x200000,
		.filesz = 0x80, .memsz = 0x80,
	};
	phdr[1] = (struct elf64_phdr){
		.type = PT_LOAD, .offset = DATA_AT + 0x80, .paddr = 0x201000,
		.filesz = 0x80, .memsz = 0x2345,
	};
	phdr[2] = (struct elf64_phdr){
		.type = PT_NOTE, .offset = NOTE_AT, .filesz = sizeof(note),
	};
	note.head = (struct elf_note){ 7, 4, 1 };
	memcpy(note.name, "Noexit\0\0", 8);
	note.desc = 0x123;
	for (u32 i = 0; i < 0x100; i++)
		file[DATA_AT + i] = (u8)i;
}

static const char *measure(u32 len, struct elf_plan *plan)
{
	u8 *copy = malloc(len ? len : 1);
	const char *wrong;

	memcpy(file, &header, sizeof(header));
	memcpy(file + 64, phdr, sizeof(phdr));
	memcpy(file + NOTE_AT, &note, sizeof(note));
	memcpy(copy, file, len);
	wrong = elf_measure(copy, len, plan);
	free(copy);
	return wrong;
}

TEST(plan_and_placement)
{
	struct elf_plan plan;
	u8 *image;

	begin();
	ASSERT_TRUE(!measure(FILE_BYTES, &plan));
	EXPECT_EQ(plan.low_paddr, 0x200000);
	EXPECT_EQ(plan.span_bytes, 0x4000);
	EXPECT_EQ(plan.entry_offset, 0x123);
	image = calloc(1, plan.span_bytes);
	elf_place(file, &plan, image);
	EXPECT_EQ(image[0x7f], 0x7f);
	EXPECT_EQ(image[0x80], 0);
	EXPECT_EQ(image[0x1000], 0x80);
	EXPECT_EQ(image[0x107f], 0xff);
	EXPECT_EQ(image[0x1080], 0);
	free(image);
}

TEST(not_an_elf_for_us)
{
	struct elf_plan plan;

	begin();
	header.machine = 3;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	header.ident[4] = 1;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	header.phentsize = 32;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	header.phnum = 65;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	header.phoff = ~0ull;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	header.phoff = FILE_BYTES - 100;
	EXPECT(measure(FILE_BYTES, &plan));
}

TEST(a_file_that_is_cut_off)
{
	struct elf_plan plan;

	begin();
	for (u32 len = 0; len < FILE_BYTES - 0x100; len++)
		EXPECT(measure(len, &plan));
}

TEST(segments_that_lie)
{
	struct elf_plan plan;

	begin();
	phdr[0].memsz = 1;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[0].memsz = ~0ull;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[1].paddr = ~0ull - 0x100;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[1].paddr = 0x200000 + (64 << 20);
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[1].offset = ~0ull;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[2].filesz = FILE_BYTES;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[0].memsz = phdr[0].filesz = 0;
	phdr[1].memsz = phdr[1].filesz = 0;
	EXPECT(measure(FILE_BYTES, &plan));
}

TEST(notes_that_are_not_ours)
{
	struct elf_plan plan;

	begin();
	note.head.type = 2;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	note.head.namesz = ~0u;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	note.head.descsz = 8;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	memcpy(note.name, "Neexit", 6);
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	note.desc = 0x100000;
	EXPECT(measure(FILE_BYTES, &plan));
	begin();
	phdr[2].type = 0;
	EXPECT(measure(FILE_BYTES, &plan));
}

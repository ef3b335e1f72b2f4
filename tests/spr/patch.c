/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded with Debian's Bochs 3.0 (LD_PRELOAD): adds what the emulated Sapphire
 * Rapids lacks and mends what would mislead a hypervisor's tests. It uses the
 * symbols that the program exports for its plugins, checks the code bytes that
 * it relies on, and refuses any build that differs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "patch.h"

#define PAGE	4096ul
#define NEAR_BYTES	5	/* jmp rel32 */
#define FAR_BYTES	14	/* jmp *0(%rip) and the address */
#define SLOT_BYTES	64	/* head, jump back; jump to the replacement */
#define SEARCH_STEP	(1ul << 20)
#define SEARCH_BYTES	(1ul << 30)

static uint8_t *island;		/* within rel32 of the emulator's code */
static size_t island_used;

void board_refuse(const char *what)
{
	fprintf(stderr, "spr board: unknown build of Bochs: %s; "
		"use Debian trixie's bochs 3.0\n", what);
	_exit(2);
}

void *board_symbol(const char *name)
{
	void *symbol = dlsym(RTLD_DEFAULT, name);

	if (!symbol)
		board_refuse(name);
	return symbol;
}

static void write_far_jump(uint8_t *at, const void *target)
{
	static const uint8_t jump[6] = { 0xff, 0x25, 0, 0, 0, 0 };

	memcpy(at, jump, sizeof(jump));
	memcpy(at + sizeof(jump), &target, sizeof(target));
}

static void write_near_jump(uint8_t *at, const uint8_t *target)
{
	int32_t distance = (int32_t)(target - (at + NEAR_BYTES));

	at[0] = 0xe9;
	memcpy(at + 1, &distance, sizeof(distance));
}

static void make_writable(uint8_t *at, size_t len)
{
	uintptr_t first = (uintptr_t)at & -PAGE;
	uintptr_t end = ((uintptr_t)at + len + PAGE - 1) & -PAGE;

	if (mprotect((void *)first, end - first,
		     PROT_READ | PROT_WRITE | PROT_EXEC))
		board_refuse("its code cannot be made writable");
}

static uint8_t *find_island(uint8_t *near)
{
	uintptr_t base = (uintptr_t)near & -PAGE;

	for (uintptr_t step = SEARCH_STEP; step < SEARCH_BYTES;
	     step += SEARCH_STEP) {
		void *page = mmap((void *)(base - step), PAGE,
				  PROT_READ | PROT_WRITE | PROT_EXEC,
				  MAP_PRIVATE | MAP_ANONYMOUS |
				  MAP_FIXED_NOREPLACE, -1, 0);

		if (page != MAP_FAILED)
			return page;
	}
	board_refuse("no room for code near its own");
}

void *board_replace(const char *name, void *replacement,
		    const uint8_t *head, size_t head_bytes)
{
	uint8_t *entry = board_symbol(name);
	uint8_t *slot;

	if (head_bytes < NEAR_BYTES || memcmp(entry, head, head_bytes))
		board_refuse(name);
	if (!island)
		island = find_island(entry);
	if (island_used + SLOT_BYTES > PAGE)
		board_refuse("too many replacements");
	slot = island + island_used;
	island_used += SLOT_BYTES;
	memcpy(slot, head, head_bytes);
	write_far_jump(slot + head_bytes, entry + head_bytes);
	write_far_jump(slot + SLOT_BYTES / 2, replacement);
	make_writable(entry, NEAR_BYTES);
	write_near_jump(entry, slot + SLOT_BYTES / 2);
	return slot;
}

/* A preloaded object also reaches programs that the emulator's runner calls. */
static int in_emulator(void)
{
	return dlsym(RTLD_DEFAULT, "_ZN8BX_CPU_C9init_VMCSEv") != NULL;
}

__attribute__((constructor)) static void board_init(void)
{
	if (!in_emulator())
		return;
	mend_init();
	if (!getenv("SPR_PLAIN"))
		ipiv_init();
}

__attribute__((destructor)) static void board_exit(void)
{
	if (in_emulator())
		ipiv_report();
}

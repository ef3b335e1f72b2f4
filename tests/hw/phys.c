/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory of the host build, and those functions of core/paging.c
 * that its callers need.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <hw/mmio.h>
#include <hw/phys.h>

#include "core/image.h"
#include "core/err.h"
#include "core/paging.h"

#define MAX_RAM 16

/* The image of the host build is 2 MiB long: only its length is looked at. */
const char image_start[1];
__asm__(".globl image_end; .set image_end, image_start + 0x200000");
u64 boot_image_hpa;

struct ram {
	u64 hpa, len_bytes;
	u8 *base;
};

static struct ram rams[MAX_RAM];
static u32 ram_count;

void hw_ram_reset(void)
{
	while (ram_count) {
		struct ram *r = &rams[--ram_count];

		munmap(r->base - PAGE_SIZE, r->len_bytes + 2 * PAGE_SIZE);
	}
}

void *hw_ram_add(u64 hpa, u64 len_bytes)
{
	u8 *base = mmap(NULL, len_bytes + 2 * PAGE_SIZE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ram_count == MAX_RAM || base == MAP_FAILED ||
	    mprotect(base + PAGE_SIZE, len_bytes, PROT_READ | PROT_WRITE))
		abort();
	rams[ram_count++] = (struct ram){ hpa, len_bytes, base + PAGE_SIZE };
	return base + PAGE_SIZE;
}

void *hw_ram_find(u64 hpa)
{
	if (!ram_count)
		hw_ram_add(0, HW_RAM_DEFAULT);
	for (u32 i = 0; i < ram_count; i++) {
		if (hpa >= rams[i].hpa && hpa - rams[i].hpa < rams[i].len_bytes)
			return rams[i].base + (hpa - rams[i].hpa);
	}
	return NULL;
}

void *phys_to_virt(u64 hpa)
{
	void *p = hw_ram_find(hpa);

	if (!p) {
		fprintf(stderr, "phys_to_virt(%#llx): no memory there\n",
			(unsigned long long)hpa);
		abort();
	}
	return p;
}

u64 virt_to_hpa(const void *va)
{
	const u8 *p = va;

	for (u32 i = 0; i < ram_count; i++) {
		if (p >= rams[i].base && p < rams[i].base + rams[i].len_bytes)
			return rams[i].hpa + (u64)(p - rams[i].base);
	}
	fprintf(stderr, "virt_to_hpa(%p): no memory there\n", va);
	abort();
}

void *paging_map_mmio(u64 hpa, u64 len_bytes, enum mmio_type type)
{
	void *window = hw_mmio_window(hpa, len_bytes);

	(void)type;
	return window ? window : hw_ram_find(hpa);
}

int paging_map_firmware(u64 hpa, u64 len_bytes)
{
	u64 last = hpa + len_bytes - 1;

	return last >= hpa && hw_ram_find(hpa) && hw_ram_find(last) ? 0 :
								      -EINVAL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices of kvm-unit-tests, as of QEMU's pc-testdev; off by default. Port
 * 0xE9 stays the debug console: the byte-wise copy of the scratch register
 * at 0xE8 has no user.
 */
#include "core/platform/devices.h"

#include <hw/phys.h>

#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/string.h"

#define SCRATCH_PORT	0xe0
#define SCRATCH_BYTES	4
#define FLUSH_PORT	0xe4
#define FLUSH_PORTS	4
#define LINES_PORT	0x2000
#define LINES		24
#define TEST_RAM_GPA	0xff000000ull
#define TEST_RAM_BYTES	0x10000ull

static void scratch_access(void *device, struct trap_access *access)
{
	struct platform *p = device;
	u32 shift = (u32)access->offset * 8;
	u32 mask = (u32)(~0ull >> (64 - access->size_bytes * 8)) << shift;
	u32 old = READ_ONCE(p->test_scratch);

	if (access->write)
		WRITE_ONCE(p->test_scratch,
			   (old & ~mask) | ((u32)access->data << shift & mask));
	else
		access->data = (old & mask) >> shift;
}

/* Drop the mapping of a page: the next access faults in the second stage. */
static void flush_access(void *device, struct trap_access *access)
{
	struct platform *p = device;
	u64 gpa = align_down(access->data, PAGE_SIZE);

	if (!access->write) {
		access->data = 0;
		return;
	}
	/* Only RAM comes back; without memory for it the page just stays. */
	if (access->size_bytes == 4 &&
	    guest_ram_ptr(p->guest, gpa, PAGE_SIZE) &&
	    guest_unmap(p->guest, gpa, PAGE_SIZE))
		log_limited(LOG_WARN, "testdev", "%s: page %llx not flushed",
			    p->guest->name, (unsigned long long)gpa);
}

static void lines_access(void *device, struct trap_access *access)
{
	struct platform *p = device;

	if (access->write)
		p->line(p->line_ctx, (u32)access->offset, access->data != 0);
	else
		access->data = 0;
}

/* Several vCPUs may race here: bytes of their own RAM, as in real memory. */
static void test_ram_access(void *device, struct trap_access *access)
{
	struct platform *p = device;
	u8 *at = p->test_ram + access->offset;

	if (access->write) {
		memcpy(at, &access->data, access->size_bytes);
	} else {
		access->data = 0;
		memcpy(&access->data, at, access->size_bytes);
	}
}

static int test_ram_init(struct platform *p)
{
	u64 hpa;

	if (!p->test_ram) {
		hpa = page_alloc_hpa(TEST_RAM_BYTES / PAGE_SIZE, PAGE_SIZE);
		if (hpa == PAGE_ALLOC_FAILED)
			return -ENOMEM;
		p->test_ram = phys_to_virt(hpa);
	}
	memset(p->test_ram, 0, TEST_RAM_BYTES);
	return guest_trap_mmio(p->guest, TEST_RAM_GPA, TEST_RAM_BYTES,
			       test_ram_access, p);
}

int testdev_init(struct platform *p)
{
	int err;

	if (!p->testdev)
		return 0;
	err = guest_trap_pio(p->guest, SCRATCH_PORT, SCRATCH_BYTES,
			     scratch_access, p);
	if (!err)
		err = guest_trap_pio(p->guest, FLUSH_PORT, FLUSH_PORTS,
				     flush_access, p);
	if (!err)
		err = guest_trap_pio(p->guest, LINES_PORT, LINES, lines_access,
				     p);
	return err ? err : test_ram_init(p);
}

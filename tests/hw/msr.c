/* SPDX-License-Identifier: BSD-2-Clause */
/* MSRs of the host build. */

#include <stdio.h>
#include <stdlib.h>

#include <hw/msr.h>

#define MAX_MSRS 256

static struct hw_msr_write table[MAX_MSRS];
static u32 table_count;

struct hw_msr_write hw_msr_trace[HW_MSR_TRACE];
u32 hw_msr_writes;
bool (*hw_msr_read_hook)(u32 msr, u64 *value);
bool (*hw_msr_write_hook)(u32 msr, u64 value);

void hw_msr_reset(void)
{
	table_count = 0;
	hw_msr_writes = 0;
	hw_msr_read_hook = NULL;
	hw_msr_write_hook = NULL;
}

static struct hw_msr_write *find(u32 msr)
{
	for (u32 i = 0; i < table_count; i++) {
		if (table[i].msr == msr)
			return &table[i];
	}
	return NULL;
}

void hw_msr_set(u32 msr, u64 value)
{
	struct hw_msr_write *m = find(msr);

	if (!m) {
		if (table_count == MAX_MSRS)
			abort();
		m = &table[table_count++];
	}
	*m = (struct hw_msr_write){ msr, value };
}

int rdmsr_safe(u32 msr, u64 *value)
{
	const struct hw_msr_write *m;

	if (hw_msr_read_hook && hw_msr_read_hook(msr, value))
		return 0;
	m = find(msr);
	if (!m)
		return -EFAULT;
	*value = m->value;
	return 0;
}

int wrmsr_safe(u32 msr, u64 value)
{
	struct hw_msr_write *m;

	if (hw_msr_writes < HW_MSR_TRACE)
		hw_msr_trace[hw_msr_writes++] =
			(struct hw_msr_write){ msr, value };
	if (hw_msr_write_hook && hw_msr_write_hook(msr, value))
		return 0;
	m = find(msr);
	if (!m)
		return -EFAULT;
	m->value = value;
	return 0;
}

u64 rdmsr(u32 msr)
{
	u64 value = 0;

	if (rdmsr_safe(msr, &value)) {
		fprintf(stderr, "rdmsr %#x: #GP\n", msr);
		abort();
	}
	return value;
}

void wrmsr(u32 msr, u64 value)
{
	if (wrmsr_safe(msr, value)) {
		fprintf(stderr, "wrmsr %#x, %#llx: #GP\n", msr,
			(unsigned long long)value);
		abort();
	}
}

u64 hw_msr_get(u32 msr)
{
	return rdmsr(msr);
}

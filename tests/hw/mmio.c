/* SPDX-License-Identifier: BSD-2-Clause */
/* Device memory of the host build. */

#include <stdlib.h>
#include <sys/mman.h>

#include <hw/mmio.h>

#define MAX_DEVICES 16

struct device {
	u64 hpa, len_bytes;
	u8 *window;		/* no access rights: only calls reach it */
	hw_mmio_read read;
	hw_mmio_write write;
	void *ctx;
};

static struct device devices[MAX_DEVICES];
static u32 device_count;

void hw_mmio_reset(void)
{
	while (device_count) {
		struct device *d = &devices[--device_count];

		munmap(d->window, d->len_bytes);
	}
}

void hw_mmio_add(u64 hpa, u64 len_bytes, hw_mmio_read read,
		 hw_mmio_write write, void *device)
{
	void *window = mmap(NULL, len_bytes, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (device_count == MAX_DEVICES || window == MAP_FAILED)
		abort();
	devices[device_count++] = (struct device){
		hpa, len_bytes, window, read, write, device
	};
}

void *hw_mmio_window(u64 hpa, u64 len_bytes)
{
	for (u32 i = 0; i < device_count; i++) {
		const struct device *d = &devices[i];

		if (hpa >= d->hpa && hpa - d->hpa + len_bytes <= d->len_bytes)
			return d->window + (hpa - d->hpa);
	}
	return NULL;
}

static const struct device *find(const volatile void *p, u64 *offset)
{
	const volatile u8 *b = p;

	for (u32 i = 0; i < device_count; i++) {
		const struct device *d = &devices[i];

		if (b >= d->window && b < d->window + d->len_bytes) {
			*offset = (u64)(b - d->window);
			return d;
		}
	}
	return NULL;
}

#define DEFINE_MMIO(bits)                                               \
	u##bits mmio_read##bits(const volatile void *p)                 \
	{                                                               \
		u64 offset;                                             \
		const struct device *d = find(p, &offset);              \
		if (!d)                                                 \
			return *(const volatile u##bits *)p;            \
		return (u##bits)d->read(d->ctx, offset, (bits) / 8);    \
	}                                                               \
	void mmio_write##bits(volatile void *p, u##bits v)              \
	{                                                               \
		u64 offset;                                             \
		const struct device *d = find(p, &offset);              \
		if (!d)                                                 \
			*(volatile u##bits *)p = v;                     \
		else                                                    \
			d->write(d->ctx, offset, (bits) / 8, v);        \
	}

DEFINE_MMIO(8)
DEFINE_MMIO(16)
DEFINE_MMIO(32)
DEFINE_MMIO(64)

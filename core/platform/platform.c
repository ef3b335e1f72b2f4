/* SPDX-License-Identifier: BSD-2-Clause */
/* One VM's platform: brings up its devices. docs/guest-abi.md lists them. */
#include "core/platform/platform.h"

#include "core/platform/devices.h"

void platform_bytes(struct platform *p, struct trap_access *access,
		    port_byte byte)
{
	u64 data = 0;
	u8 i;

	for (i = 0; i < access->size_bytes; i++) {
		u8 value = (u8)(access->data >> (i * 8));

		value = byte(p, access->offset + i, access->write, value);
		data |= (u64)value << (i * 8);
	}
	if (!access->write)
		access->data = data;
}

int platform_init(struct platform *p, struct guest *guest,
		  struct vconsole *console, u32 vcpus, bool testdev,
		  platform_line line, void *line_ctx)
{
	static int (*const init[])(struct platform *) = {
		vuart_init, power_init, debug_init, fwcfg_init, rtc_init,
		legacy_init, testdev_init,
	};
	u8 *test_ram = p->test_ram;
	size_t i;

	*p = (struct platform){
		.guest = guest, .console = console, .line = line,
		.line_ctx = line_ctx, .vcpus = vcpus, .testdev = testdev,
		.test_ram = test_ram,
	};
	for (i = 0; i < ARRAY_SIZE(init); i++) {
		int err = init[i](p);

		if (err)
			return err;
	}
	return 0;
}

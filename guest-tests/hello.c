/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest guest that is fun to watch: one line per second, for ever, or
 * as often as "count=N" says. "ms=N" is another interval, for emulators on
 * which a second of TSC time takes long.
 */
#include "lib/guest.h"

int main(void)
{
	u64 i, count = boot_option("count", ~0ull);
	u64 ms = boot_option("ms", 1000);

	print("hello: booted by %s, %lu MiB, TSC %lu kHz\n", boot_protocol(),
	      ram_top() / MIB, tsc_hz / 1000);
	for (i = 1; i <= count; i++) {
		print("hello: %lu s\n", i * ms / 1000);
		delay_us(ms * 1000);
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: loops for ever with IF=0 on every CPU; the host must still run
 * everyone else and be able to stop this. "seconds=N" makes it end.
 */
#include "lib/guest.h"

static u64 end;

static void loop(void *arg)
{
	(void)arg;
	cli();
	while (rdtsc() < end)
		;
}

int main(void)
{
	u64 seconds = boot_option("seconds", 0);

	smp_start();
	print("BEGIN hostile-loop\n");
	if (!seconds)
		end = ~0ul;
	else
		end = rdtsc() + seconds * tsc_hz;
	smp_call_all(loop, NULL);
	test_pass("hostile-loop");
	return 0;
}

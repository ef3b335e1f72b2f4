/* SPDX-License-Identifier: BSD-2-Clause */
/* Who are we running on. */
#include "lib/guest.h"

u32 cpu_max_leaf(void)
{
	return cpuid(0, 0).eax;
}

bool cpu_signature(u32 base, const char *sig)
{
	struct cpuid c;
	u32 words[3];

	if (!(cpuid(1, 0).ecx & BIT(31)))
		return false;
	c = cpuid(base, 0);
	words[0] = c.ebx;
	words[1] = c.ecx;
	words[2] = c.edx;
	return !memcmp(words, sig, sizeof(words));
}

bool cpu_noexit(void)
{
	return cpu_signature(0x40000100, "NoexitNoexit");
}

bool cpu_tcg(void)
{
	return cpu_signature(0x40000000, "TCGTCGTCGTCG");
}

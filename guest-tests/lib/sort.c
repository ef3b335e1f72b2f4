/* SPDX-License-Identifier: BSD-2-Clause */
/* Shell sort: no memory, no recursion. */
#include "lib/sort.h"

void sort_u64(u64 *value, u32 count)
{
	u32 gap, i, j;
	u64 val;

	for (gap = count / 2; gap; gap /= 2) {
		for (i = gap; i < count; i++) {
			val = value[i];
			for (j = i; j >= gap && value[j - gap] > val; j -= gap)
				value[j] = value[j - gap];
			value[j] = val;
		}
	}
}

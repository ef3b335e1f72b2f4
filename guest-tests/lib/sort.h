/* SPDX-License-Identifier: BSD-2-Clause */
/* Ascending order, in place: what a median needs. */
#ifndef GUEST_SORT_H
#define GUEST_SORT_H

#include "lib/types.h"

void sort_u64(u64 *value, u32 count);

#endif

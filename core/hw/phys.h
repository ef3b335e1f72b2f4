/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way from a physical address to memory: the direct map of
 * core/paging.c. The host double checks bounds.
 */
#ifndef CORE_HW_PHYS_H
#define CORE_HW_PHYS_H

#include "core/hw/layout.h"
#include "core/types.h"

static inline void *phys_to_virt(u64 hpa)
{
	return (void *)(DIRECT_MAP_VA + hpa);
}

#endif

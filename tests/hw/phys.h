/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Double of core/hw/phys.h: physical memory is what the test added, with
 * nothing around it. An address outside ends the test program by name. Before
 * the first hw_ram_add() there are 64 MiB at 0.
 */
#ifndef TESTS_HW_PHYS_H
#define TESTS_HW_PHYS_H

#include "core/types.h"

#define HW_RAM_DEFAULT (64ull << 20)

void hw_ram_reset(void);
/* Zeroed, 4 KiB aligned; memory is taken from the host when touched. */
void *hw_ram_add(u64 hpa, u64 len_bytes);
/* As phys_to_virt(), but NULL outside. */
void *hw_ram_find(u64 hpa);

void *phys_to_virt(u64 hpa);

#endif

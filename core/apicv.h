/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder of APIC virtualization: each rung has all below it. The CPU says
 * which one is possible, `apicv=` in the configuration which one is wanted.
 */
#ifndef CORE_APICV_H
#define CORE_APICV_H

enum apicv_rung {
	APICV_VID,	/* virtual-interrupt delivery; a posted vector exits */
	APICV_PI,	/* posted interrupts; the ICR is walked by software */
	APICV_IPIV,	/* IPI virtualization: the CPU walks the table */
};

#endif

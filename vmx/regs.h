/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte offsets in vcpu->gpr for vmx/enter.S. Words 0..15 follow ModRM's
 * register numbers; word 4 would be RSP, which lives in the VMCS. Definitions
 * only: C and the assembler read this file; vmx/vcpu.h asserts the values.
 */
#ifndef VMX_REGS_H
#define VMX_REGS_H

#define REGS_RAX	0
#define REGS_RCX	8
#define REGS_RDX	16
#define REGS_RBX	24
#define REGS_RSP	32
#define REGS_RBP	40
#define REGS_RSI	48
#define REGS_RDI	56
#define REGS_R8		64
#define REGS_R9		72
#define REGS_R10	80
#define REGS_R11	88
#define REGS_R12	96
#define REGS_R13	104
#define REGS_R14	112
#define REGS_R15	120
#define REGS_HOST_RSP	128	/* what the VMCS holds: written on change */

#endif

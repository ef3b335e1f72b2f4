/* SPDX-License-Identifier: BSD-2-Clause */
/* Local APIC in either mode, and the IOAPIC. */
#ifndef GUEST_APIC_H
#define GUEST_APIC_H

#include "lib/types.h"

#define APIC_BASE_BSP	BIT(8)
#define APIC_BASE_EXTD	BIT(10)
#define APIC_BASE_EN	BIT(11)
#define LAPIC_BASE	0xfee00000ul
#define IOAPIC_BASE	0xfec00000ul

#define APIC_ID		0x020
#define APIC_VERSION	0x030
#define APIC_TPR	0x080
#define APIC_APR	0x090
#define APIC_PPR	0x0a0
#define APIC_EOI	0x0b0
#define APIC_LDR	0x0d0
#define APIC_DFR	0x0e0
#define APIC_SVR	0x0f0
#define APIC_ISR	0x100
#define APIC_TMR	0x180
#define APIC_IRR	0x200
#define APIC_ESR	0x280
#define APIC_ICR	0x300
#define APIC_ICR2	0x310
#define APIC_LVT_TIMER	0x320
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PERF	0x340
#define APIC_LVT_LINT0	0x350
#define APIC_LVT_LINT1	0x360
#define APIC_LVT_ERROR	0x370
#define APIC_TMICT	0x380
#define APIC_TMCCT	0x390
#define APIC_DCR	0x3e0
#define APIC_SELF_IPI	0x3f0

#define LVT_MASKED	BIT(16)
#define LVT_ONE_SHOT	0
#define LVT_PERIODIC	BIT(17)
#define LVT_DEADLINE	BIT(18)

#define ICR_FIXED	0x000
#define ICR_LOWEST	0x100
#define ICR_NMI		0x400
#define ICR_INIT	0x500
#define ICR_SIPI	0x600
#define ICR_LOGICAL	BIT(11)
#define ICR_BUSY	BIT(12)
#define ICR_ASSERT	BIT(14)
#define ICR_LEVEL	BIT(15)
#define ICR_SELF	BIT(18)
#define ICR_ALL		BIT(19)
#define ICR_OTHERS	(BIT(18) | BIT(19))

void apic_init(void);		/* enable in the mode we are in, all masked */
bool apic_is_x2(void);
bool apic_enter_x2(void);	/* false if the CPU has no x2APIC */
void apic_leave_x2(void);	/* by way of disabled, back to xAPIC */
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 val);
u32 apic_id(void);
void apic_eoi(void);
void apic_icr(u32 dest, u64 low);
bool apic_bit(u32 bank, u8 vector);	/* bank: APIC_ISR, _TMR or _IRR */

u32 ioapic_read(u32 index);
void ioapic_write(u32 index, u32 val);
void ioapic_route(u32 pin, u64 rte);
u64 ioapic_rte(u32 pin);

#define RTE_LOGICAL	BIT(11)
#define RTE_LOW		BIT(13)
#define RTE_REMOTE_IRR	BIT(14)
#define RTE_LEVEL	BIT(15)
#define RTE_MASKED	BIT(16)
#define RTE_DEST(id)	((u64)(id) << 56)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of the virtual-APIC page and what the vlapic_*.c files share. The
 * offsets are those of the xAPIC's page; MSR 0x800 + offset/16 in x2APIC mode.
 */
#ifndef APIC_VLAPIC_REGS_H
#define APIC_VLAPIC_REGS_H

#include "apic/vlapic.h"
#include "core/types.h"

/* SDM "Local APIC Register Address Map" */
enum vlapic_reg {
	APIC_ID = 0x020,	/* local APIC ID */
	APIC_VERSION = 0x030,	/* local APIC version */
	APIC_TPR = 0x080,	/* task priority */
	APIC_APR = 0x090,	/* arbitration priority: reads 0 */
	APIC_PPR = 0x0a0,	/* processor priority */
	APIC_EOI = 0x0b0,	/* end of interrupt */
	APIC_RRD = 0x0c0,	/* remote read: reads 0 */
	APIC_LDR = 0x0d0,	/* logical destination */
	APIC_DFR = 0x0e0,	/* destination format */
	APIC_SVR = 0x0f0,	/* spurious-interrupt vector */
	APIC_ISR = 0x100,	/* in service, 8 registers */
	APIC_TMR = 0x180,	/* trigger mode, 8 registers */
	APIC_IRR = 0x200,	/* interrupt request, 8 registers */
	APIC_ESR = 0x280,	/* error status */
	APIC_LVT_CMCI = 0x2f0,	/* never virtualized: accesses always exit */
	APIC_ICR = 0x300,	/* interrupt command; 64 bits in x2APIC mode */
	APIC_ICR2 = 0x310,	/* interrupt command, high: xAPIC only */
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_THERMAL = 0x330,
	APIC_LVT_PERF = 0x340,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TMICT = 0x380,	/* timer initial count */
	APIC_TMCCT = 0x390,	/* timer current count */
	APIC_TDCR = 0x3e0,	/* timer divide configuration */
	APIC_SELF_IPI = 0x3f0,	/* x2APIC only */
};

/*
 * Version 0x14, seven LVT entries as the CPU has them, and EOI-broadcast
 * suppression, which goes with a virtual IOAPIC that has an EOI register.
 */
#define APIC_VERSION_VALUE 0x01060014u

#define APIC_BASE_BSP	BIT(8)
#define APIC_BASE_EXTD	BIT(10)
#define APIC_BASE_EN	BIT(11)

#define SVR_ENABLE	BIT(8)
#define SVR_SUPPRESS_EOI BIT(12)

#define ESR_SEND_ILLEGAL_VECTOR BIT(5)
#define ESR_RECEIVE_ILLEGAL_VECTOR BIT(6)
#define ESR_ILLEGAL_REGISTER BIT(7)

#define LVT_VECTOR	BITS(7, 0)
#define LVT_MODE	BITS(10, 8)
#define LVT_STATUS	BIT(12)		/* read-only */
#define LVT_POLARITY	BIT(13)
#define LVT_REMOTE_IRR	BIT(14)		/* read-only */
#define LVT_LEVEL	BIT(15)
#define LVT_MASK	BIT(16)
#define LVT_TIMER_MODE	BITS(18, 17)

/* The page is bytes to its allocator and registers here. */
typedef u32 __attribute__((may_alias)) vlapic_word;

static inline u32 vlapic_get(const struct vlapic *v, u32 offset)
{
	return *(const vlapic_word *)(v->page + offset);
}

static inline void vlapic_set(struct vlapic *v, u32 offset, u32 value)
{
	*(vlapic_word *)(v->page + offset) = value;
}

/* ISR, TMR and IRR: 32 vectors in each of 8 registers, 16 bytes apart. */
static inline u32 vlapic_vector_reg(u32 base, u8 vector)
{
	return base + (vector / 32) * 16;
}

static inline bool vlapic_test_vector(const struct vlapic *v, u32 base,
				      u8 vector)
{
	return vlapic_get(v, vlapic_vector_reg(base, vector)) &
	       BIT(vector % 32);
}

/* vlapic_reg.c */
#define VLAPIC_LVTS	7
extern const u16 vlapic_lvt[VLAPIC_LVTS];

/* vlapic.c */
void vlapic_set_vector(struct vlapic *v, u32 base, u8 vector, bool on);
u8 vlapic_highest_vector(const struct vlapic *v, u32 base);
u32 vlapic_ppr(const struct vlapic *v);
/* The page changed: have vlapic_sync() called before the next entry. */
void vlapic_request_sync(struct vlapic *v);
void vlapic_error(struct vlapic *v, u32 esr_bits);
/* Any CPU. */
void vlapic_post_nmi(struct vlapic *v);
/* Do what the LVT entry at @offset says. */
void vlapic_lvt_deliver(struct vlapic *v, u32 offset);

/* vlapic_timer.c: effects of registers that are in the page already. */
void vlapic_timer_reset(struct vlapic *v);
void vlapic_timer_write_lvt(struct vlapic *v);
void vlapic_timer_write_count(struct vlapic *v);
void vlapic_timer_write_divide(struct vlapic *v);
u32 vlapic_timer_count(struct vlapic *v);

#endif

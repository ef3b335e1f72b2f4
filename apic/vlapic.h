/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual local APIC of one vCPU. Its registers live in the virtual-APIC page
 * (SDM "APIC virtualization and virtual interrupts") that the CPU works on
 * while the vCPU runs: only the owner CPU, in root, touches the page. Everyone
 * else posts into the posted-interrupt descriptor (pi_post) or sets request
 * bits of the scheduler entity.
 */
#ifndef APIC_VLAPIC_H
#define APIC_VLAPIC_H

#include "apic/pi.h"
#include "core/sched.h"
#include "core/types.h"

struct apic_domain;

/* What became of ICR writes that software saw; ICR_IGNORED: SMI, invalid. */
enum icr_kind {
	ICR_FIXED_UNICAST, ICR_LOGICAL, ICR_SHORTHAND, ICR_NMI, ICR_INIT_SIPI,
	ICR_BAD_TARGET, ICR_BAD_VECTOR, ICR_SELF, ICR_IGNORED,
	ICR_KINDS
};

enum vlapic_mode { VLAPIC_OFF, VLAPIC_XAPIC, VLAPIC_X2APIC };

struct vlapic {
	/* Set once at creation. */
	u32 id;				/* x2APIC ID = index in the domain */
	struct apic_domain *domain;
	struct sched_entity *se;
	u8 *page;			/* virtual-APIC page */
	u64 page_hpa;
	struct pi_desc *pid;
	u64 pid_hpa;
	/* Owner CPU only. */
	u8 notify_vector;		/* of its slot there; 0: none */
	u64 apic_base;			/* the guest's IA32_APIC_BASE */
	u8 svi;				/* highest vector in service, 0: none */
	u64 timer_deadline_tsc;		/* host TSC; TIME_NEVER: not armed */
	u64 timer_expiry_tsc;		/* the same, also while LVT is masked */
	u64 timer_period_tsc;		/* length of one count-down */
	u64 tsc_deadline;		/* guest's IA32_TSC_DEADLINE */
	u64 tsc_offset;			/* guest TSC = host TSC + offset */
	u32 lvt_timer;			/* as last applied */
	u32 timer_divisor;
	u32 esr_pending;		/* errors since the last write of ESR */
	u32 eoi_generation;		/* of the last EOI-exit bitmap */
	/* Atomic: other CPUs set them, then sched_post(). */
	u32 sipi_vector;		/* valid with SCHED_REQ_SIPI */
	u32 accepts_fixed;		/* software-enabled; INIT clears it */
	u32 esr_posted;			/* receive errors for ESR */
	u64 dest;			/* what it answers to: APIC_DEST_* */
	u64 level[4];			/* bit v: last post of v was level */
	u64 pending[4];			/* level-triggered, not in PIR */
	/* Owner CPU, statistics. */
	u64 icr_count[ICR_KINDS];
};

/* Power-on state; @bsp sets the BSP bit. The page is zeroed first. */
void vlapic_init(struct vlapic *v, struct apic_domain *domain, u32 id,
		 bool bsp);
/* Mode, enable, LDR or DFR changed: tell senders and the virtual IOAPIC. */
void vlapic_publish(struct vlapic *v);
/* INIT: everything but ID and IA32_APIC_BASE. */
void vlapic_reset(struct vlapic *v);
enum vlapic_mode vlapic_mode(const struct vlapic *v);

/* WRMSR IA32_APIC_BASE: -EINVAL is #GP. The caller re-reads vlapic_mode(). */
int vlapic_set_base(struct vlapic *v, u64 value) __must_check;

/* APIC-write exit (56), trap-like: the page holds the new value already. */
void vlapic_apic_write(struct vlapic *v, u32 offset);
/* APIC-access exit (44) or an access while the page is not virtualized. */
u32 vlapic_mmio_read(struct vlapic *v, u32 offset);
void vlapic_mmio_write(struct vlapic *v, u32 offset, u32 value);
/* RDMSR/WRMSR 0x800..0x8FF in x2APIC mode; -EINVAL is #GP. */
int vlapic_msr_read(struct vlapic *v, u32 msr, u64 *value) __must_check;
int vlapic_msr_write(struct vlapic *v, u32 msr, u64 value) __must_check;
/* Virtualized-EOI exit (45): tell the virtual IOAPIC. */
void vlapic_eoi(struct vlapic *v, u8 vector);

/*
 * Local input pins: 0 is LINT0, 1 is LINT1. An edge on the pin does what the
 * pin's LVT says: NMI, a fixed vector, or INIT; ExtINT and SMI are ignored.
 */
void vlapic_lint(struct vlapic *v, u32 pin);

/* The guest changed its TSC: an armed TSC deadline moves with it. */
void vlapic_set_tsc_offset(struct vlapic *v, u64 offset);
/* IA32_TSC_DEADLINE. A write is ignored unless the LVT is in that mode. */
u64 vlapic_tsc_deadline_read(struct vlapic *v);
void vlapic_tsc_deadline_write(struct vlapic *v, u64 guest_tsc);
/* Host TSC at which vlapic_timer_check() must be called, or TIME_NEVER. */
static inline u64 vlapic_deadline(const struct vlapic *v)
{
	return v->timer_deadline_tsc;
}
/* Fire the timer if its deadline has passed (sets VIRR, re-arms periodic). */
void vlapic_timer_check(struct vlapic *v, u64 now_tsc);

/*
 * Merge posted vectors into VIRR; returns RVI, the highest requested vector,
 * 0 when none. Call before every entry that follows SCHED_REQ_EVENT, which it
 * answers (clears). vlapic_eoi_exit_bitmap() comes after it: what this finds
 * posted may be of a newer route than a bitmap that was computed before.
 */
u8 vlapic_sync(struct vlapic *v);
/* RVI's class is above PPR: HLT must not block. Call after vlapic_sync(). */
bool vlapic_has_interrupt(const struct vlapic *v);
/* Owner CPU: request @vector here (own VIRR, no posting). */
void vlapic_set_irr(struct vlapic *v, u8 vector, bool level);
/* Any CPU: a message with an illegal vector arrived at @v (ESR bit 6). */
void vlapic_post_illegal_vector(struct vlapic *v);
/* EOI-exit bitmaps as VMCS fields 0x201C.. want them; true: changed since. */
bool vlapic_eoi_exit_bitmap(struct vlapic *v, u64 bitmap[4]);

/* MSR-bitmap policy in x2APIC mode: registers that RDMSR may read directly
 * from the page (bit n = MSR 0x800 + n), and that WRMSR may write. */
extern const u64 vlapic_x2apic_read_direct[4];
extern const u64 vlapic_x2apic_write_direct[4];

#endif

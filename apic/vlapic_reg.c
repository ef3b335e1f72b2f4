/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Register access of the virtual local APIC: xAPIC loads and stores, x2APIC
 * MSRs, and the APIC-write exit, SDM "Local APIC Register Address Map" and
 * "x2APIC Register Address Space". A write goes to the page first, as the CPU
 * does it for a virtualized one; apply() then makes it take effect.
 */
#include "apic/domain.h"
#include "apic/icr.h"
#include "apic/ipiv.h"
#include "apic/vlapic_regs.h"
#include "core/err.h"

#define MSR_X2APIC_BASE	0x800

/* Access rights. A register that is neither XR nor XW is reserved in xAPIC. */
#define XR	BIT(0)		/* xAPIC load */
#define XW	BIT(1)		/* xAPIC store */
#define MR	BIT(2)		/* RDMSR */
#define MW	BIT(3)		/* WRMSR */

#define LVT_COMMON	(LVT_VECTOR | LVT_STATUS | LVT_MASK)
#define LVT_LINT	(LVT_COMMON | LVT_MODE | LVT_POLARITY | \
			 LVT_REMOTE_IRR | LVT_LEVEL)

struct reg_rule {
	u8 access;
	u32 defined;	/* other bits: #GP in x2APIC, dropped in xAPIC */
};

#define REG(offset)	[(offset) / 16]
#define VECTOR_REGS(base) [(base) / 16 ...(base) / 16 + 7]

static const struct reg_rule rules[0x400 / 16] = {
	REG(APIC_ID) = { XR | MR, 0 },
	REG(APIC_VERSION) = { XR | MR, 0 },
	REG(APIC_TPR) = { XR | XW | MR | MW, 0xff },
	REG(APIC_APR) = { XR, 0 },
	REG(APIC_PPR) = { XR | MR, 0 },
	REG(APIC_EOI) = { XW | MW, 0 },
	REG(APIC_RRD) = { XR, 0 },
	REG(APIC_LDR) = { XR | XW | MR, BITS(31, 24) },
	REG(APIC_DFR) = { XR | XW, BITS(31, 28) },
	REG(APIC_SVR) = { XR | XW | MR | MW,
			  BITS(9, 0) | SVR_SUPPRESS_EOI },
	VECTOR_REGS(APIC_ISR) = { XR | MR, 0 },
	VECTOR_REGS(APIC_TMR) = { XR | MR, 0 },
	VECTOR_REGS(APIC_IRR) = { XR | MR, 0 },
	REG(APIC_ESR) = { XR | XW | MR | MW, 0 },
	REG(APIC_LVT_CMCI) = { XR | XW | MR | MW, LVT_COMMON | LVT_MODE },
	/* Bit 12 is read-only, not reserved: no #GP, and it reads 0. */
	REG(APIC_ICR) = { XR | XW | MR | MW, (u32)~ICR_RESERVED },
	REG(APIC_ICR2) = { XR | XW, BITS(31, 24) },
	REG(APIC_LVT_TIMER) = { XR | XW | MR | MW,
				LVT_COMMON | LVT_TIMER_MODE },
	REG(APIC_LVT_THERMAL) = { XR | XW | MR | MW, LVT_COMMON | LVT_MODE },
	REG(APIC_LVT_PERF) = { XR | XW | MR | MW, LVT_COMMON | LVT_MODE },
	REG(APIC_LVT_LINT0) = { XR | XW | MR | MW, LVT_LINT },
	REG(APIC_LVT_LINT1) = { XR | XW | MR | MW, LVT_LINT },
	REG(APIC_LVT_ERROR) = { XR | XW | MR | MW, LVT_COMMON | LVT_MODE },
	REG(APIC_TMICT) = { XR | XW | MR | MW, BITS(31, 0) },
	REG(APIC_TMCCT) = { XR | MR, 0 },
	REG(APIC_TDCR) = { XR | XW | MR | MW, BIT(3) | BITS(1, 0) },
	REG(APIC_SELF_IPI) = { MW, 0xff },
};

const u16 vlapic_lvt[VLAPIC_LVTS] = {
	APIC_LVT_CMCI,	APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERF,
	APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR,
};

/*
 * Readable by MSR, less the current count, which is computed. The ICR is a
 * 64-bit load from the page, as it is stored there in x2APIC mode.
 */
const u64 vlapic_x2apic_read_direct[4] = {
	BIT(0x02) | BIT(0x03) | BIT(0x08) | BIT(0x0a) | BIT(0x0d) |
		BITS(0x28, 0x0f) | BITS(0x30, 0x2f) | BITS(0x38, 0x32) |
		BIT(0x3e),
};

/* TPR, EOI, SELF_IPI: what virtual-interrupt delivery does by itself. */
const u64 vlapic_x2apic_write_direct[4] = {
	BIT(0x08) | BIT(0x0b) | BIT(0x3f),
};

/* What EOI virtualization does; with nothing in service EOI is ignored. */
static void apply_eoi(struct vlapic *v)
{
	u8 vector = vlapic_highest_vector(v, APIC_ISR);

	vlapic_set(v, APIC_EOI, 0);
	if (!vector)
		return;
	vlapic_set_vector(v, APIC_ISR, vector, false);
	vlapic_request_sync(v);
	vlapic_eoi(v, vector);
}

/* Merge first: what arrived before a disable stays pending through it. */
static void apply_svr(struct vlapic *v, u32 value)
{
	(void)vlapic_sync(v);
	vlapic_request_sync(v);
	vlapic_set(v, APIC_SVR, value);
	if (!(value & SVR_ENABLE)) {
		for (u32 i = 0; i < VLAPIC_LVTS; i++)
			vlapic_set(v, vlapic_lvt[i],
				   vlapic_get(v, vlapic_lvt[i]) | LVT_MASK);
		vlapic_timer_write_lvt(v);
	}
	vlapic_publish(v);
}

static void apply_lvt(struct vlapic *v, u32 offset, u32 value)
{
	value &= ~(LVT_STATUS | LVT_REMOTE_IRR);
	if (!(vlapic_get(v, APIC_SVR) & SVR_ENABLE))
		value |= LVT_MASK;
	vlapic_set(v, offset, value);
	if (offset == APIC_LVT_TIMER)
		vlapic_timer_write_lvt(v);
}

static void apply_icr(struct vlapic *v)
{
	u32 low = vlapic_get(v, APIC_ICR) & ~(u32)ICR_BUSY;
	u32 high = vlapic_get(v, APIC_ICR2), dest = high >> 24;

	vlapic_set(v, APIC_ICR, low);
	if (vlapic_mode(v) == VLAPIC_X2APIC)
		dest = high = vlapic_get(v, APIC_ICR + 4);
	if (ipiv_walk(v->domain, low, dest))
		v->icr_count[ICR_FIXED_UNICAST]++;
	else
		apic_domain_icr(v->domain, v, (u64)high << 32 | low);
}

static void apply_self_ipi(struct vlapic *v)
{
	u32 vector = vlapic_get(v, APIC_SELF_IPI) & 0xff;

	vlapic_set(v, APIC_SELF_IPI, 0);
	apic_domain_icr(v->domain, v,
			field_prep(ICR_SHORTHAND_FIELD, APIC_DEST_SELF) |
				vector);
}

/* "A write of the ESR latches the errors since the last one and rearms." */
static void apply_esr(struct vlapic *v)
{
	vlapic_set(v, APIC_ESR, v->esr_pending);
	v->esr_pending = 0;
}

/* The page holds @value at @offset, with its undefined bits cleared. */
static void apply(struct vlapic *v, u32 offset, u32 value)
{
	switch (offset) {
	case APIC_TPR:
		vlapic_request_sync(v);
		break;
	case APIC_EOI:
		apply_eoi(v);
		break;
	case APIC_DFR:
		vlapic_set(v, APIC_DFR, value | BITS(27, 0));
		/* fall through */
	case APIC_LDR:
		vlapic_publish(v);
		break;
	case APIC_SVR:
		apply_svr(v, value);
		break;
	case APIC_ESR:
		apply_esr(v);
		break;
	case APIC_ICR:
		apply_icr(v);
		break;
	case APIC_LVT_CMCI:
	case APIC_LVT_TIMER ... APIC_LVT_ERROR:
		apply_lvt(v, offset, value);
		break;
	case APIC_TMICT:
		vlapic_timer_write_count(v);
		break;
	case APIC_TDCR:
		vlapic_timer_write_divide(v);
		break;
	case APIC_SELF_IPI:
		apply_self_ipi(v);
		break;
	}
}

/*
 * A virtualized write may reach registers that are read-only: ID is the only
 * one, and gets its value back. So does an offset that no exit can name.
 */
void vlapic_apic_write(struct vlapic *v, u32 offset)
{
	const struct reg_rule *rule;
	u32 value;

	offset &= 0xff0;
	if (offset == APIC_ID && vlapic_mode(v) == VLAPIC_XAPIC)
		vlapic_set(v, APIC_ID, v->id << 24);
	if (offset >= 0x400)
		return;
	rule = &rules[offset / 16];
	if (!(rule->access & (XW | MW)))
		return;
	value = vlapic_get(v, offset) & rule->defined;
	vlapic_set(v, offset, value);
	apply(v, offset, value);
}

static u32 read_register(struct vlapic *v, u32 offset)
{
	if (offset == APIC_PPR)
		return vlapic_ppr(v);
	if (offset == APIC_TMCCT)
		return vlapic_timer_count(v);
	return vlapic_get(v, offset);
}

/* NULL, and the error, for what an xAPIC does not have there. */
static const struct reg_rule *xapic_rule(struct vlapic *v, u32 offset)
{
	if (offset < 0x400 && (rules[offset / 16].access & (XR | XW)))
		return &rules[offset / 16];
	vlapic_error(v, ESR_ILLEGAL_REGISTER);
	return NULL;
}

/* Only the first 4 of each 16 bytes are defined; the others read 0. */
u32 vlapic_mmio_read(struct vlapic *v, u32 offset)
{
	const struct reg_rule *rule;

	offset &= 0xfff;
	if (vlapic_mode(v) != VLAPIC_XAPIC)
		return ~0u;
	rule = xapic_rule(v, offset);
	if (!rule || !(rule->access & XR) || (offset & 0xc))
		return 0;
	return read_register(v, offset & 0xff0) >> (8 * (offset & 3));
}

void vlapic_mmio_write(struct vlapic *v, u32 offset, u32 value)
{
	const struct reg_rule *rule;

	offset &= 0xfff;
	if (vlapic_mode(v) != VLAPIC_XAPIC)
		return;
	rule = xapic_rule(v, offset);
	if (!rule || !(rule->access & XW) || (offset & 0xf))
		return;
	vlapic_set(v, offset, value & rule->defined);
	apply(v, offset, value & rule->defined);
}

static const struct reg_rule *msr_rule(const struct vlapic *v, u32 msr,
				       u8 access)
{
	u32 index = msr - MSR_X2APIC_BASE;

	if (vlapic_mode(v) != VLAPIC_X2APIC || index >= ARRAY_SIZE(rules))
		return NULL;
	return rules[index].access & access ? &rules[index] : NULL;
}

int vlapic_msr_read(struct vlapic *v, u32 msr, u64 *value)
{
	u32 offset = (msr - MSR_X2APIC_BASE) * 16;

	if (!msr_rule(v, msr, MR))
		return -EINVAL;
	*value = read_register(v, offset);
	if (offset == APIC_ICR)
		*value |= (u64)vlapic_get(v, APIC_ICR + 4) << 32;
	return 0;
}

int vlapic_msr_write(struct vlapic *v, u32 msr, u64 value)
{
	const struct reg_rule *rule = msr_rule(v, msr, MW);
	u32 offset = (msr - MSR_X2APIC_BASE) * 16;

	if (!rule || ((u32)value & ~rule->defined))
		return -EINVAL;
	if (offset == APIC_ICR)
		vlapic_set(v, APIC_ICR + 4, value >> 32);
	else if (value >> 32)
		return -EINVAL;
	vlapic_set(v, offset, value);
	apply(v, offset, value);
	return 0;
}

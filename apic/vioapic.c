/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual IOAPIC: 24 pins, version 0x20, that is an 82093AA with an EOI
 * register. A level-triggered pin follows this table, R being remote IRR:
 *
 *   line  mask  R | event                   | action
 *    1     0    0 | line, RTE write, EOI    | send; R := 1 if one accepted
 *    1     0    1 | any                     | none: in service already
 *    x     1    x | any                     | none
 *    x     x    1 | EOI of the RTE's vector | R := 0, then the first row
 *    x     x    x | RTE becomes edge        | R := 0
 *
 * An edge-triggered pin sends when its line rises while it is unmasked; a rise
 * under mask is lost, as it is on the chip. Lines are logical ("asserted"):
 * polarity is a matter of wires, so the RTE's polarity bit is only kept.
 */
#include "apic/vioapic.h"

/* Memory-mapped registers */
#define IOREGSEL	0x00
#define IOWIN		0x10
#define IOEOI		0x40

/* Indirect registers */
#define IOAPICID	0x00
#define IOAPICVER	0x01
#define IOAPICARB	0x02
#define IOREDTBL	0x10	/* two for each pin, low half first */

#define IOAPIC_VERSION	(0x20 | (VIOAPIC_PINS - 1) << 16)
#define IOAPIC_ID_FIELD	BITS(27, 24)

#define RTE_RESET	RTE_MASK
#define RTE_READ_ONLY	(RTE_STATUS | RTE_REMOTE_IRR)
#define RTE_WRITABLE	(RTE_VECTOR | RTE_MODE | RTE_LOGICAL | \
			 RTE_ACTIVE_LOW | RTE_LEVEL | RTE_MASK | RTE_DEST)
/* What decides whose EOI-exit bitmap has the vector. */
#define RTE_ROUTE	(RTE_VECTOR | RTE_MODE | RTE_LOGICAL | RTE_LEVEL | \
			 RTE_DEST)

/* NMI and INIT are edge-triggered even when the RTE says level. */
static bool is_level(u64 rte)
{
	return (rte & RTE_LEVEL) && field_get(RTE_MODE, rte) <= APIC_LOWEST;
}

static bool send(struct apic_domain *d, u64 rte)
{
	struct apic_msg msg = rte_decode(rte);

	msg.level = is_level(rte);
	if (msg.mode == APIC_SIPI)	/* reserved here */
		return false;
	return apic_domain_deliver(d, NULL, &msg) != 0;
}

static void evaluate_level(struct apic_domain *d, u32 pin)
{
	u64 *rte = &d->vioapic.rte[pin];

	if (!is_level(*rte) || (*rte & (RTE_MASK | RTE_REMOTE_IRR)) ||
	    !(d->vioapic.line & BIT(pin)))
		return;
	if (send(d, *rte))
		*rte |= RTE_REMOTE_IRR;
}

void apic_domain_line(struct apic_domain *d, u32 gsi, bool asserted)
{
	struct vioapic *io = &d->vioapic;
	bool rises;

	if (gsi >= VIOAPIC_PINS)
		return;
	spin_lock(&io->lock);
	rises = asserted && !(io->line & BIT(gsi));
	if (asserted)
		io->line |= BIT(gsi);
	else
		io->line &= ~BIT(gsi);
	if (is_level(io->rte[gsi]))
		evaluate_level(d, gsi);
	else if (rises && !(io->rte[gsi] & RTE_MASK))
		(void)send(d, io->rte[gsi]);	/* an edge is never repeated */
	spin_unlock(&io->lock);
}

static void end_of_interrupt(struct apic_domain *d, u8 vector)
{
	for (u32 pin = 0; pin < VIOAPIC_PINS; pin++) {
		u64 *rte = &d->vioapic.rte[pin];

		if (!(*rte & RTE_REMOTE_IRR) ||
		    field_get(RTE_VECTOR, *rte) != vector)
			continue;
		*rte &= ~RTE_REMOTE_IRR;
		evaluate_level(d, pin);
	}
}

void vioapic_eoi(struct apic_domain *d, u8 vector)
{
	spin_lock(&d->vioapic.lock);
	end_of_interrupt(d, vector);
	spin_unlock(&d->vioapic.lock);
}

static void write_rte(struct apic_domain *d, u32 pin, u64 value)
{
	u64 *rte = &d->vioapic.rte[pin];
	u64 old = *rte;

	value = (old & RTE_READ_ONLY) | (value & RTE_WRITABLE);
	/* How drivers of older chips clear a stuck remote IRR. */
	if (!(value & RTE_LEVEL))
		value &= ~RTE_REMOTE_IRR;
	*rte = value;
	/* Bitmaps first: release pairs with vlapic_eoi_exit_bitmap(). */
	if (((old ^ value) & RTE_ROUTE) && ((old | value) & RTE_LEVEL))
		__atomic_fetch_add(&d->eoi_generation, 1, __ATOMIC_RELEASE);
	evaluate_level(d, pin);
}

static void write_indirect(struct apic_domain *d, u32 value)
{
	struct vioapic *io = &d->vioapic;
	u32 pin = (io->ioregsel - IOREDTBL) / 2;
	u64 rte;

	if (io->ioregsel == IOAPICID)
		io->id = field_get(IOAPIC_ID_FIELD, value);
	if (io->ioregsel < IOREDTBL || pin >= VIOAPIC_PINS)
		return;
	rte = io->rte[pin];
	if (io->ioregsel & 1)
		rte = field_set(BITS(63, 32), rte, value);
	else
		rte = field_set(BITS(31, 0), rte, value);
	write_rte(d, pin, rte);
}

static u32 read_indirect(const struct vioapic *io)
{
	u32 pin = (io->ioregsel - IOREDTBL) / 2;

	switch (io->ioregsel) {
	case IOAPICID:
	case IOAPICARB:		/* loaded with the ID, never arbitrates */
		return field_prep(IOAPIC_ID_FIELD, io->id);
	case IOAPICVER:
		return IOAPIC_VERSION;
	}
	if (io->ioregsel < IOREDTBL || pin >= VIOAPIC_PINS)
		return 0;
	return io->ioregsel & 1 ? io->rte[pin] >> 32 : (u32)io->rte[pin];
}

static u32 mmio_read(const struct vioapic *io, u64 offset)
{
	switch (offset) {
	case IOREGSEL:
		return io->ioregsel;
	case IOWIN:
		return read_indirect(io);
	default:
		return 0;
	}
}

static void mmio_write(struct apic_domain *d, u64 offset, u32 value)
{
	switch (offset) {
	case IOREGSEL:
		d->vioapic.ioregsel = value;
		break;
	case IOWIN:
		write_indirect(d, value);
		break;
	case IOEOI:
		end_of_interrupt(d, value);
		break;
	}
}

/*
 * Registers are 32 bits at 16-byte distance. Other offsets read 0; accesses of
 * another size read 0 and write nothing, as the chip leaves them undefined.
 */
static void handle_mmio(void *device, struct trap_access *access)
{
	struct apic_domain *d = device;
	u32 value = 0;

	spin_lock(&d->vioapic.lock);
	if (access->size_bytes != 4)
		value = 0;
	else if (access->write)
		mmio_write(d, access->offset, access->data);
	else
		value = mmio_read(&d->vioapic, access->offset);
	spin_unlock(&d->vioapic.lock);
	if (!access->write)
		access->data = value;
}

void vioapic_eoi_exit_bitmap(struct apic_domain *d, const struct vlapic *v,
			     u64 bitmap[4])
{
	u64 dest = READ_ONCE(v->dest);

	for (u32 i = 0; i < 4; i++)
		bitmap[i] = 0;
	spin_lock(&d->vioapic.lock);
	for (u32 pin = 0; pin < VIOAPIC_PINS; pin++) {
		u64 rte = d->vioapic.rte[pin];
		struct apic_msg msg = rte_decode(rte);

		/* In service somewhere: perhaps here, by an older route. */
		if (is_level(rte) && ((rte & RTE_REMOTE_IRR) ||
				      apic_msg_matches(&msg, v->id, dest)))
			bitmap[msg.vector / 64] |= BIT(msg.vector % 64);
	}
	spin_unlock(&d->vioapic.lock);
}

/* The lines are the devices' and keep their state. */
void vioapic_reset(struct apic_domain *d)
{
	struct vioapic *io = &d->vioapic;

	spin_lock(&io->lock);
	io->ioregsel = 0;
	io->id = 0;
	for (u32 pin = 0; pin < VIOAPIC_PINS; pin++)
		io->rte[pin] = RTE_RESET;
	__atomic_fetch_add(&d->eoi_generation, 1, __ATOMIC_RELEASE);
	spin_unlock(&io->lock);
}

int vioapic_init(struct apic_domain *d)
{
	spin_init(&d->vioapic.lock, LOCK_VIOAPIC);
	vioapic_reset(d);
	return guest_trap_mmio(d->guest, VIOAPIC_GPA, PAGE_SIZE, handle_mmio,
			       d);
}

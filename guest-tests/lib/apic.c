/* SPDX-License-Identifier: BSD-2-Clause */
/* Local APIC by MMIO or by MSR, whichever mode this CPU is in; IOAPIC. */
#include "lib/guest.h"

bool apic_is_x2(void)
{
	return rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD;
}

u32 apic_read(u32 reg)
{
	if (apic_is_x2())
		return (u32)rdmsr(MSR_X2APIC + reg / 16);
	return mmio_read32(LAPIC_BASE + reg);
}

/* x2APIC writes do not serialize: order them after earlier stores. */
void apic_write(u32 reg, u32 val)
{
	if (apic_is_x2()) {
		asm volatile("mfence; lfence" ::: "memory");
		wrmsr(MSR_X2APIC + reg / 16, val);
	} else {
		mmio_write32(LAPIC_BASE + reg, val);
	}
}

u32 apic_id(void)
{
	u32 id = apic_read(APIC_ID);

	return apic_is_x2() ? id : id >> 24;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_icr(u32 dest, u64 low)
{
	if (apic_is_x2()) {
		asm volatile("mfence; lfence" ::: "memory");
		wrmsr(MSR_X2APIC + APIC_ICR / 16, (u64)dest << 32 | low);
		return;
	}
	wait_for(10000, !(apic_read(APIC_ICR) & ICR_BUSY));
	apic_write(APIC_ICR2, dest << 24);
	apic_write(APIC_ICR, (u32)low);
}

bool apic_bit(u32 bank, u8 vector)
{
	return apic_read(bank + (vector >> 5) * 16) & BIT(vector & 31);
}

void apic_init(void)
{
	u32 lvt;

	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EN);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_SVR, 0x100 | VEC_SPURIOUS);
	for (lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
		apic_write(lvt, LVT_MASKED);
	apic_write(APIC_TMICT, 0);
}

bool apic_enter_x2(void)
{
	if (!cpu_x2apic())
		return false;
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EXTD);
	apic_init();
	return true;
}

void apic_leave_x2(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_EXTD | APIC_BASE_EN);

	wrmsr(MSR_APIC_BASE, base);
	wrmsr(MSR_APIC_BASE, base | APIC_BASE_EN);
	apic_init();
}

u32 ioapic_read(u32 index)
{
	mmio_write32(IOAPIC_BASE, index);
	return mmio_read32(IOAPIC_BASE + 0x10);
}

void ioapic_write(u32 index, u32 val)
{
	mmio_write32(IOAPIC_BASE, index);
	mmio_write32(IOAPIC_BASE + 0x10, val);
}

/* High half first: the low half may unmask the entry. */
void ioapic_route(u32 pin, u64 rte)
{
	ioapic_write(0x11 + 2 * pin, (u32)(rte >> 32));
	ioapic_write(0x10 + 2 * pin, (u32)rte);
}

u64 ioapic_rte(u32 pin)
{
	return ioapic_read(0x10 + 2 * pin) |
	       (u64)ioapic_read(0x11 + 2 * pin) << 32;
}

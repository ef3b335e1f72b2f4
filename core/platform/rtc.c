/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of an MC146818 clock as a guest needs to measure one second by
 * polling: its update-in-progress bit. The ACPI tables say that there is no
 * CMOS RTC; the time of day counts from 00:00:00 at the start of the VM and
 * cannot be set.
 */
#include "core/platform/devices.h"

#include "core/time.h"

#define RTC_PORT	0x70	/* data is the port behind */
#define RTC_SECONDS	0x00
#define RTC_MINUTES	0x02
#define RTC_HOURS	0x04
#define RTC_REGISTER_A	0x0a
#define RTC_REGISTER_B	0x0b
#define RTC_REGISTER_D	0x0d
#define RTC_A_UIP	BIT(7)
#define RTC_A_32KHZ	0x26	/* divider on, 1024 Hz rate */
#define RTC_B_24H	BIT(1)	/* BCD by default */
#define RTC_D_VALID	BIT(7)
#define RTC_INDEX	BITS(6, 0)

#define US_PER_SECOND	1000000
/* UIP rises 244 us before the update, which takes 1984 us. */
#define UIP_US		(244 + 1984)

static u8 bcd(u64 value)
{
	return (u8)(value / 10 << 4 | value % 10);
}

static u8 rtc_read(const struct platform *p)
{
	u64 us = time_tsc_to_us(time_now_tsc() - p->rtc_epoch_tsc);
	u64 seconds = us / US_PER_SECOND;

	switch (READ_ONCE(p->rtc_index)) {
	case RTC_SECONDS:
		return bcd(seconds % 60);
	case RTC_MINUTES:
		return bcd(seconds / 60 % 60);
	case RTC_HOURS:
		return bcd(seconds / 3600 % 24);
	case RTC_REGISTER_A:
		if (us % US_PER_SECOND >= US_PER_SECOND - UIP_US)
			return RTC_A_32KHZ | RTC_A_UIP;
		return RTC_A_32KHZ;
	case RTC_REGISTER_B:
		return RTC_B_24H;
	case RTC_REGISTER_D:
		return RTC_D_VALID;
	default:
		return 0;
	}
}

static u8 rtc_byte(struct platform *p, u64 offset, bool write, u8 value)
{
	if (write && offset == 0)
		WRITE_ONCE(p->rtc_index, value & RTC_INDEX);
	return offset == 0 ? 0xff : rtc_read(p);
}

static void rtc_access(void *device, struct trap_access *access)
{
	platform_bytes(device, access, rtc_byte);
}

int rtc_init(struct platform *p)
{
	p->rtc_epoch_tsc = time_now_tsc();
	return guest_trap_pio(p->guest, RTC_PORT, 2, rtc_access, p);
}

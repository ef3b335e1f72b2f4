/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines. Nothing here can fail or recurse: a line is formatted on the
 * stack and handed to the console in one piece, at any time, from any CPU.
 */
#include "core/log.h"

#include "core/console.h"
#include "core/cpu.h"
#include "core/printf.h"
#include "core/time.h"

#include <hw/cpu.h>

#define LINE_BYTES	256
#define LINES_PER_SECOND 10
#define US_PER_SECOND	1000000u

static u32 threshold = LOG_INFO;	/* atomic: enum log_level */
static u64 start_tsc;			/* of the first line */

static const char *const level_names[] = {
	[LOG_ERROR] = "ERROR",
	[LOG_WARN] = "WARN",
	[LOG_INFO] = "INFO",
	[LOG_DEBUG] = "DEBUG",
};

void log_set_level(enum log_level level)
{
	WRITE_ONCE(threshold, level);
}

enum log_level log_get_level(void)
{
	return READ_ONCE(threshold);
}

/* Since the first line. */
static u64 uptime_us(void)
{
	u64 now = time_now_tsc();

	/* The boot CPU is alone at its first line: no race. */
	if (!READ_ONCE(start_tsc))
		WRITE_ONCE(start_tsc, now);
	now -= READ_ONCE(start_tsc);
	/* Another CPU's TSC may be a little behind. */
	return (s64)now < 0 ? 0 : time_tsc_to_us(now);
}

/* A guest's string must not be able to forge a line or to move the cursor. */
static void clean(char *text, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes; i++) {
		if ((u8)text[i] < ' ' || text[i] == '\x7f')
			text[i] = '?';
	}
}

void log_write(enum log_level level, const char *area, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list args;
	size_t len;
	u64 us;

	if (level > log_get_level())
		return;
	us = uptime_us();
	len = (size_t)format(line, sizeof(line), "[%5lu.%06lu] c%03u %-5s %s: ",
			     us / US_PER_SECOND, us % US_PER_SECOND,
			     this_cpu()->index, level_names[level], area);
	len = min(len, sizeof(line) - 1);
	va_start(args, fmt);
	len += (size_t)vformat(line + len, sizeof(line) - len, fmt, args);
	va_end(args);
	/* The end of what was cut shows it: `..`, then the newline. */
	if (len > sizeof(line) - 2) {
		len = sizeof(line) - 2;
		line[len - 1] = '.';
		line[len - 2] = '.';
	}
	clean(line, len);
	line[len] = '\n';
	console_log(line, len + 1);
}

/*
 * Racing CPUs may let a few lines more or less pass; the exchange of the
 * window makes sure that one of them reports the loss.
 */
bool log_limit_ok(struct log_limit *limit)
{
	u64 now = time_now_tsc();
	u64 window = READ_ONCE(limit->window_tsc);
	u32 lost;

	if (now - window >= time_us_to_tsc(US_PER_SECOND) &&
	    __atomic_compare_exchange_n(&limit->window_tsc, &window, now, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		WRITE_ONCE(limit->count, 1);
		lost = __atomic_exchange_n(&limit->lost, 0, __ATOMIC_RELAXED);
		if (lost)
			log_warn("log", "%u lines like the next were dropped",
				 lost);
		return true;
	}
	if (__atomic_fetch_add(&limit->count, 1, __ATOMIC_RELAXED) <
	    LINES_PER_SECOND)
		return true;
	__atomic_fetch_add(&limit->lost, 1, __ATOMIC_RELAXED);
	return false;
}

int log_fail(int err, const char *file, int line)
{
	log_debug("fail", "%s:%d: error %d", file, line, -err);
	return err;
}

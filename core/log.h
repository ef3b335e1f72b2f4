/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines: `[   12.345678] c003 INFO  vmx: text`, one call a line, without
 * '\n'. A line goes to the RAM ring first and to the consoles from there; a
 * guest-triggered line must use log_limited().
 *
 * Formats: %d %u %x %c %s %p %%, with l, ll, z, width, '0' and '-'.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/types.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_write(enum log_level level, const char *area, const char *fmt, ...)
	__printf(3, 4);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

#define log_error(area, ...)	log_write(LOG_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...)	log_write(LOG_WARN, area, __VA_ARGS__)
#define log_info(area, ...)	log_write(LOG_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)	log_write(LOG_DEBUG, area, __VA_ARGS__)

/* At most 10 lines a second from one call site; then a count of the lost. */
struct log_limit {
	u64 window_tsc;
	u32 count;
	u32 lost;
};
bool log_limit_ok(struct log_limit *limit);
#define log_limited(level, area, ...) do {				\
	static struct log_limit limit_;					\
	if (log_limit_ok(&limit_))					\
		log_write(level, area, __VA_ARGS__);			\
} while (0)

/* Originate an error: debug logs say where it came from. Evaluates to @err. */
int log_fail(int err, const char *file, int line);
#define fail(err)	log_fail((err), __FILE__, __LINE__)

#endif

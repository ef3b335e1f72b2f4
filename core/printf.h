/* SPDX-License-Identifier: BSD-2-Clause */
/* The formatter behind the log; formats as in core/log.h. Always NUL-ended. */
#ifndef CORE_PRINTF_H
#define CORE_PRINTF_H

#include "core/types.h"

/* Return the length that the whole text has, as C99's snprintf does. */
int format(char *buf, size_t size_bytes, const char *fmt, ...) __printf(3, 4);
int vformat(char *buf, size_t size_bytes, const char *fmt, va_list args);

#endif

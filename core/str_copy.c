/* SPDX-License-Identifier: BSD-2-Clause */
/* str_copy(): apart from core/string.c, because the host builds it too. */
#include "core/string.h"

/* Returns the length of @src: at least @size_bytes when it was cut. */
size_t str_copy(char *dst, size_t size_bytes, const char *src)
{
	size_t len = strlen(src);
	size_t copied;

	if (!size_bytes)
		return len;
	copied = min(len, size_bytes - 1);
	memcpy(dst, src, copied);
	dst[copied] = '\0';
	return len;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of the text of noexit.conf: pairs of pointers into it, since the
 * text has no NUL and is not ours to change.
 */
#include "boot/config_internal.h"

#include "core/string.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool config_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool span_is(struct span span, const char *word)
{
	size_t len = (size_t)(span.end - span.p);

	return strlen(word) == len && memcmp(span.p, word, len) == 0;
}

struct span span_trim(struct span span)
{
	while (span.p < span.end && is_blank(*span.p))
		span.p++;
	while (span.p < span.end && is_blank(span.end[-1]))
		span.end--;
	return span;
}

struct span span_split(struct span *rest, char separator)
{
	struct span part = *rest;

	for (const char *p = rest->p; p < rest->end; p++) {
		if (*p != separator)
			continue;
		part.end = p;
		rest->p = p + 1;
		return part;
	}
	rest->p = NULL;
	rest->end = NULL;
	return part;
}

bool span_copy(char *dst, size_t size_bytes, struct span span)
{
	size_t len = (size_t)(span.end - span.p);

	if (len >= size_bytes)
		return false;
	memcpy(dst, span.p, len);
	dst[len] = '\0';
	return true;
}

struct word span_word(struct span span)
{
	const size_t most = sizeof(((struct word *)0)->text) - 4;
	struct word word;
	bool cut = (size_t)(span.end - span.p) > most;

	if (cut)
		span.end = span.p + most;
	(void)span_copy(word.text, sizeof(word.text), span);
	if (cut)
		memcpy(word.text + most, "...", 4);
	return word;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of noexit.conf: choices, numbers, sizes, names, CPU lists and quoted
 * text. Each parser reports what is wrong at the byte where it is wrong.
 */
#include "boot/config_internal.h"

#include "core/cpu.h"
#include "core/printf.h"
#include "core/string.h"

_Static_assert(MAX_CPUS <= CONFIG_CPU_WORDS * 64, "CPU masks are too short");

static void store(void *base, const struct config_key *key, u64 value)
{
	void *field = (char *)base + key->offset;

	switch (key->size_bytes) {
	case 1:
		*(u8 *)field = (u8)value;
		break;
	case 4:
		*(u32 *)field = (u32)value;
		break;
	case 8:
		*(u64 *)field = value;
		break;
	}
}

static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (u32)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (u32)(c - 'A') + 10;
	return 16;
}

/*
 * Take a number, decimal or 0x…, from the front of @span. False: there is no
 * digit. One that does not fit in 64 bits comes out as ~0: above every limit.
 */
static bool take_number(struct span *span, u64 *value)
{
	u32 base = 10;
	bool overflow = false;
	const char *digits;

	if (span->end - span->p > 2 && span->p[0] == '0' &&
	    (span->p[1] == 'x' || span->p[1] == 'X')) {
		base = 16;
		span->p += 2;
	}
	digits = span->p;
	*value = 0;
	while (span->p < span->end && digit_value(*span->p) < base) {
		u32 digit = digit_value(*span->p++);

		overflow |= __builtin_mul_overflow(*value, base, value);
		overflow |= __builtin_add_overflow(*value, digit, value);
	}
	if (overflow)
		*value = ~0ull;
	return span->p > digits;
}

/* "error, warn, info or debug" */
static void list_choices(const struct config_choice *choices, char *buf,
			 size_t size_bytes)
{
	size_t used = 0;

	buf[0] = '\0';
	for (const struct config_choice *c = choices; c->word; c++) {
		const char *link = c == choices ? "" :
				   c[1].word ? ", " : " or ";

		used += (size_t)format(buf + used, size_bytes - used, "%s%s",
				       link, c->word);
		if (used >= size_bytes)
			return;
	}
}

static void parse_choice(struct config_parser *parser,
			 const struct config_key *key, struct span value,
			 void *base)
{
	char expected[80];
	const char *near;

	for (const struct config_choice *c = key->choices; c->word; c++) {
		if (span_is(value, c->word)) {
			store(base, key, c->value);
			return;
		}
	}
	list_choices(key->choices, expected, sizeof(expected));
	near = config_near_choice(key->choices, value);
	if (near)
		config_error(parser, value.p,
			     "'%s' is not %s; did you mean '%s'?",
			     span_word(value).text, expected, near);
	else
		config_error(parser, value.p, "'%s' is not %s",
			     span_word(value).text, expected);
	return;
}

static void parse_number(struct config_parser *parser,
			 const struct config_key *key, struct span value,
			 void *base)
{
	struct span rest = value;
	u64 number;

	if (!take_number(&rest, &number)) {
		config_error(parser, value.p, "'%s' is not a number",
			     span_word(value).text);
		return;
	}
	if (rest.p < rest.end) {
		config_error(parser, rest.p, "'%s' after the number",
			     span_word(rest).text);
		return;
	}
	if (number < key->lowest || number > key->highest) {
		config_error(parser, value.p, "%s must be from %llu to %llu",
			     key->name, (unsigned long long)key->lowest,
			     (unsigned long long)key->highest);
		return;
	}
	store(base, key, number);
}

/* Take K, M or G; returns the shift, ~0 for any other letter. */
static u32 take_unit(struct span *span)
{
	if (span->p == span->end)
		return 0;
	switch (*span->p++) {
	case 'K': case 'k':
		return 10;
	case 'M': case 'm':
		return 20;
	case 'G': case 'g':
		return 30;
	}
	span->p--;
	return ~0u;
}

static void parse_size(struct config_parser *parser,
		       const struct config_key *key, struct span value,
		       void *base)
{
	struct span rest = value;
	u64 bytes;
	u32 shift;

	if (!take_number(&rest, &bytes)) {
		config_error(parser, value.p, "'%s' is not a size such as 64M",
			     span_word(value).text);
		return;
	}
	shift = take_unit(&rest);
	if (shift == ~0u || rest.p < rest.end) {
		config_error(parser, rest.p,
			     "'%s' after the number: the units are K, M and G",
			     span_word(rest).text);
		return;
	}
	bytes = bytes > ~0ull >> shift ? ~0ull : bytes << shift;
	if (bytes < key->lowest || bytes > key->highest) {
		config_error(parser, value.p, "%s must be from %lluM to %lluG",
			     key->name, (unsigned long long)key->lowest >> 20,
			     (unsigned long long)key->highest >> 30);
		return;
	}
	if (!is_aligned(bytes, PAGE_SIZE)) {
		config_error(parser, value.p, "%s is not a multiple of 4K",
			     key->name);
		return;
	}
	store(base, key, bytes);
}

static bool is_name_char(char c)
{
	/* 0x01..0x1f and 0x7f.. never come here: the line was checked. */
	return c != ' ' && c != '\t' && c != ',' && c != '"' && c != '\\';
}

/* Copy a module or VM name to @dst, CONFIG_NAME_BYTES large. */
static bool parse_name(struct config_parser *parser,
		       const struct config_key *key, struct span value,
		       char *dst)
{
	if (value.p == value.end) {
		config_error(parser, value.p, "a name in %s is empty",
			     key->name);
		return false;
	}
	for (const char *p = value.p; p < value.end; p++) {
		if (is_name_char(*p))
			continue;
		config_error(parser, p,
			     "a name in %s has no blank, comma, quote or "
			     "backslash", key->name);
		return false;
	}
	if (span_copy(dst, CONFIG_NAME_BYTES, value))
		return true;
	config_error(parser, value.p, "'%s' is longer than %d characters",
		     span_word(value).text, CONFIG_NAME_BYTES - 1);
	return false;
}

static void parse_modules(struct config_parser *parser,
			  const struct config_key *key, struct span value,
			  struct vm_config *vm)
{
	struct span rest = value;

	vm->module_count = 0;
	do {
		struct span name = span_trim(span_split(&rest, ','));

		if (vm->module_count == CONFIG_MAX_MODULES) {
			config_error(parser, name.p, "more than %d modules",
				     CONFIG_MAX_MODULES);
			return;
		}
		if (!parse_name(parser, key, name,
				vm->module[vm->module_count]))
			return;
		vm->module_count++;
	} while (rest.p);
}

/* One of "3" and "0-1" of a CPU list. */
static bool parse_cpu_range(struct config_parser *parser, struct span range,
			    u64 *mask)
{
	struct span rest = range;
	u64 first, last;
	bool ok = take_number(&rest, &first);

	last = first;
	if (ok && rest.p < rest.end && *rest.p == '-') {
		rest.p++;
		ok = take_number(&rest, &last);
	}
	if (!ok || rest.p < rest.end) {
		config_error(parser, rest.p,
			     "not a list of CPUs such as 0-1,3");
		return false;
	}
	if (max(first, last) >= MAX_CPUS) {
		config_error(parser, range.p, "CPU numbers end at %d",
			     MAX_CPUS - 1);
		return false;
	}
	if (first > last) {
		config_error(parser, range.p,
			     "the range runs backwards; write %llu-%llu",
			     (unsigned long long)last,
			     (unsigned long long)first);
		return false;
	}
	for (u64 cpu = first; cpu <= last; cpu++)
		mask[cpu / 64] |= BIT(cpu % 64);
	return true;
}

static void parse_cpus(struct config_parser *parser, struct span value,
		       struct vm_config *vm)
{
	u64 mask[CONFIG_CPU_WORDS] = { 0 };
	struct span rest = value;

	do {
		struct span range = span_trim(span_split(&rest, ','));

		if (!parse_cpu_range(parser, range, mask))
			return;
	} while (rest.p);
	memcpy(vm->cpus, mask, sizeof(mask));
}

/* Inside quotes, \" and \\ stand for " and \; no other escape exists. */
static void parse_text(struct config_parser *parser,
		       const struct config_key *key, struct span value,
		       bool quoted, char *dst)
{
	size_t len = 0;

	for (const char *p = value.p; p < value.end; p++) {
		if (quoted && *p == '\\' &&
		    (p + 1 == value.end || (p[1] != '"' && p[1] != '\\'))) {
			config_error(parser, p,
				     "a backslash in quotes goes before \" or "
				     "\\ only");
			return;
		}
		if (quoted && *p == '\\')
			p++;
		if (len + 1 >= key->size_bytes) {
			config_error(parser, value.p,
				     "%s is longer than %d characters",
				     key->name, key->size_bytes - 1);
			return;
		}
		dst[len++] = *p;
	}
	dst[len] = '\0';
}

void config_value(struct config_parser *parser, const struct config_key *key,
		  struct span value, bool quoted, void *base)
{
	char *field = (char *)base + key->offset;

	switch (key->kind) {
	case VALUE_CHOICE:
		parse_choice(parser, key, value, base);
		break;
	case VALUE_NUMBER:
		parse_number(parser, key, value, base);
		break;
	case VALUE_SIZE:
		parse_size(parser, key, value, base);
		break;
	case VALUE_NAME:
		(void)parse_name(parser, key, value, field);
		break;
	case VALUE_MODULES:
		parse_modules(parser, key, value, base);
		break;
	case VALUE_CPUS:
		parse_cpus(parser, value, base);
		break;
	case VALUE_TEXT:
		parse_text(parser, key, value, quoted, field);
		break;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formatter behind the log: pure, without memory of its own, and safe in
 * an NMI. A conversion that it does not know is printed as it stands.
 */
#include "core/printf.h"

#include "core/string.h"

/* One output: text beyond the buffer is counted, not stored. */
struct sink {
	char *buf;
	size_t size_bytes;
	size_t len_bytes;
};

struct spec {
	bool left;		/* '-' */
	bool zero;		/* '0' */
	bool alternate;		/* '#' */
	int width;
	int precision;		/* strings only; -1: none */
	u32 int_bytes;		/* by the length modifiers */
};

/* A wider field is somebody's bug; it must not become a long loop. */
#define WIDTH_MAX 255

static void put(struct sink *out, char c)
{
	if (out->len_bytes + 1 < out->size_bytes)
		out->buf[out->len_bytes] = c;
	out->len_bytes++;
}

static void put_fill(struct sink *out, char c, int count)
{
	while (count-- > 0)
		put(out, c);
}

static void put_padded(struct sink *out, const struct spec *spec,
		       const char *text, int len)
{
	if (!spec->left)
		put_fill(out, ' ', spec->width - len);
	for (int i = 0; i < len; i++)
		put(out, text[i]);
	if (spec->left)
		put_fill(out, ' ', spec->width - len);
}

static void put_string(struct sink *out, const struct spec *spec,
		       const char *text)
{
	int len = 0;

	if (!text)
		text = "(null)";
	/* With a precision the text need not be terminated. */
	while ((spec->precision < 0 || len < spec->precision) && text[len])
		len++;
	put_padded(out, spec, text, len);
}

/* @prefix is the sign or "0x": zeros go between it and the digits. */
static void put_number(struct sink *out, const struct spec *spec, u64 value,
		       u32 base, const char *digit, const char *prefix)
{
	char text[24];
	int at = sizeof(text);
	int prefix_len = (int)strlen(prefix);
	int pad;

	do {
		text[--at] = digit[value % base];
		value /= base;
	} while (value);

	pad = spec->width - prefix_len - ((int)sizeof(text) - at);
	if (!spec->left && !spec->zero)
		put_fill(out, ' ', pad);
	for (int i = 0; i < prefix_len; i++)
		put(out, prefix[i]);
	if (!spec->left && spec->zero)
		put_fill(out, '0', pad);
	while (at < (int)sizeof(text))
		put(out, text[at++]);
	if (spec->left)
		put_fill(out, ' ', pad);
}

static const char *parse_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		if (*p == '-')
			spec->left = true;
		else if (*p == '0')
			spec->zero = true;
		else if (*p == '#')
			spec->alternate = true;
		else
			return p;
	}
}

static const char *parse_digits(const char *p, int *value)
{
	*value = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		*value = min(*value * 10 + (*p - '0'), WIDTH_MAX);
	return p;
}

static const char *parse_length(const char *p, struct spec *spec)
{
	spec->int_bytes = sizeof(int);
	for (;; p++) {
		if (*p == 'l' || *p == 'z')
			spec->int_bytes = sizeof(long);
		else if (*p == 'h')
			spec->int_bytes /= 2;
		else
			return p;
	}
}

static u64 cut_unsigned(u64 value, u32 bytes)
{
	switch (bytes) {
	case 1:
		return (u8)value;
	case 2:
		return (u16)value;
	case 4:
		return (u32)value;
	default:
		return value;
	}
}

static s64 cut_signed(u64 value, u32 bytes)
{
	switch (bytes) {
	case 1:
		return (s8)value;
	case 2:
		return (s16)value;
	case 4:
		return (s32)value;
	default:
		return (s64)value;
	}
}

static void put_signed(struct sink *out, const struct spec *spec, s64 value)
{
	u64 magnitude = value < 0 ? -(u64)value : (u64)value;

	put_number(out, spec, magnitude, 10, "0123456789",
		   value < 0 ? "-" : "");
}

static void put_unsigned(struct sink *out, const struct spec *spec, char conv,
			 u64 value)
{
	const char *prefix = "";

	if (conv == 'u') {
		put_number(out, spec, value, 10, "0123456789", "");
		return;
	}
	/* C leaves the prefix out for zero, but not that of a pointer. */
	if (conv == 'p' || (spec->alternate && value))
		prefix = conv == 'X' ? "0X" : "0x";
	put_number(out, spec, value, 16,
		   conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef",
		   prefix);
}

/* va_list as a parameter decays to a pointer on this ABI; a struct does not. */
struct arguments {
	va_list list;
};

static u64 next_integer(struct arguments *args, const struct spec *spec)
{
	if (spec->int_bytes == sizeof(long))
		return va_arg(args->list, unsigned long);
	return va_arg(args->list, unsigned int);
}

/* False: unknown conversion, no argument consumed. */
static bool put_conversion(struct sink *out, const struct spec *spec,
			   char conv, struct arguments *args)
{
	char c;

	switch (conv) {
	case 'd':
	case 'i':
		put_signed(out, spec, cut_signed(next_integer(args, spec),
						 spec->int_bytes));
		return true;
	case 'u':
	case 'x':
	case 'X':
		put_unsigned(out, spec, conv,
			     cut_unsigned(next_integer(args, spec),
					  spec->int_bytes));
		return true;
	case 'p':
		put_unsigned(out, spec, conv,
			     (uintptr_t)va_arg(args->list, void *));
		return true;
	case 's':
		put_string(out, spec, va_arg(args->list, const char *));
		return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		put_padded(out, spec, &c, 1);
		return true;
	case '%':
		put(out, '%');
		return true;
	default:
		return false;
	}
}

static const char *parse_spec(const char *p, struct spec *spec,
			      struct arguments *args)
{
	*spec = (struct spec){ .precision = -1 };
	p = parse_flags(p, spec);
	if (*p == '*') {
		spec->width = va_arg(args->list, int);
		if (spec->width < 0) {
			spec->left = true;
			spec->width = -max(spec->width, -WIDTH_MAX);
		}
		spec->width = min(spec->width, WIDTH_MAX);
		p++;
	} else {
		p = parse_digits(p, &spec->width);
	}
	if (*p == '.' && p[1] == '*') {
		spec->precision = va_arg(args->list, int);
		p += 2;
	} else if (*p == '.') {
		p = parse_digits(p + 1, &spec->precision);
	}
	return parse_length(p, spec);
}

int vformat(char *buf, size_t size_bytes, const char *fmt, va_list list)
{
	struct sink out = { buf, size_bytes, 0 };
	struct arguments args;

	va_copy(args.list, list);
	for (const char *p = fmt; *p; p++) {
		const char *start = p;
		struct spec spec;

		if (*p != '%') {
			put(&out, *p);
			continue;
		}
		p = parse_spec(p + 1, &spec, &args);
		if (*p && put_conversion(&out, &spec, *p, &args))
			continue;
		/* Show it as it is, so that the mistake can be seen. */
		for (; start < p; start++)
			put(&out, *start);
		if (!*p)
			break;
		put(&out, *p);
	}
	va_end(args.list);
	if (size_bytes)
		buf[min(out.len_bytes, size_bytes - 1)] = '\0';
	return (int)out.len_bytes;
}

int format(char *buf, size_t size_bytes, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vformat(buf, size_bytes, fmt, args);
	va_end(args);
	return len;
}

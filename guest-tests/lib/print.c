/* SPDX-License-Identifier: BSD-2-Clause */
/* A small printf to COM1, and the memory functions that compilers call. */
#include "lib/guest.h"

static u32 print_lock;

void *memcpy(void *dst, const void *src, size_t len)
{
	void *d = dst;

	asm volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(len) :: "memory");
	return dst;
}

void *memset(void *dst, int byte, size_t len)
{
	void *d = dst;

	asm volatile("rep stosb" : "+D"(d), "+c"(len) : "a"(byte) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;
	size_t i;

	for (i = 0; i < len; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

struct out {
	char *buf;
	int size;
	int len;
};

static void put(struct out *o, char c)
{
	if (o->len < o->size - 1)
		o->buf[o->len++] = c;
}

static void put_number(struct out *o, u64 val, u32 base, int width, char pad)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[val % base];
		val /= base;
	} while (val);
	for (; width > n; width--)
		put(o, pad);
	while (n)
		put(o, digits[--n]);
}

static void put_signed(struct out *o, s64 val, int width, char pad)
{
	if (val < 0)
		put(o, '-');
	put_number(o, val < 0 ? -(u64)val : (u64)val, 10, width, pad);
}

static void put_string(struct out *o, const char *s)
{
	while (*s)
		put(o, *s++);
}

/* %[0][width][l]{d,u,x} %s %c %% */
static const char *put_field(struct out *o, const char *fmt, va_list *args)
{
	char pad = *fmt == '0' ? '0' : ' ';
	bool wide = false;
	int width = 0;

	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		width = width * 10 + *fmt - '0';
	for (; *fmt == 'l'; fmt++)
		wide = true;
	switch (*fmt) {
	case 'd':
		put_signed(o, wide ? va_arg(*args, s64) : va_arg(*args, int),
			   width, pad);
		break;
	case 'u':
	case 'x':
		put_number(o, wide ? va_arg(*args, u64) : va_arg(*args, u32),
			   *fmt == 'x' ? 16 : 10, width, pad);
		break;
	case 's':
		put_string(o, va_arg(*args, const char *));
		break;
	case 'c':
		put(o, (char)va_arg(*args, int));
		break;
	default:
		put(o, *fmt);
	}
	return fmt + 1;
}

int print_to(char *buf, int size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		if (*fmt == '%')
			fmt = put_field(&o, fmt + 1, &copy);
		else
			put(&o, *fmt++);
	}
	va_end(copy);
	buf[o.len] = 0;
	return o.len;
}

/* 115200 8n1, FIFOs on, no interrupts. */
void print_init(void)
{
	static const u8 regs[][2] = {
		{ 1, 0 }, { 3, 0x83 }, { 0, 1 }, { 1, 0 }, { 3, 0x03 },
		{ 2, 0x07 }, { 4, 0x03 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		outb(regs[i][1], PORT_COM1 + regs[i][0]);
}

/* An absent UART reads ~0, which looks ready: no wait is endless. */
static void serial_put(char c)
{
	u32 spins;

	for (spins = 0; spins < 1000000; spins++)
		if (inb(PORT_COM1 + 5) & BIT(5))
			break;
	outb((u8)c, PORT_COM1);
}

void print(const char *fmt, ...)
{
	char line[256];
	va_list args;
	int i, n;

	va_start(args, fmt);
	n = print_to(line, sizeof(line), fmt, args);
	va_end(args);
	while (__atomic_exchange_n(&print_lock, 1, __ATOMIC_ACQUIRE))
		pause();
	for (i = 0; i < n; i++)
		serial_put(line[i]);
	__atomic_store_n(&print_lock, 0, __ATOMIC_RELEASE);
}

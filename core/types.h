/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fixed-width types and the few macros that every file uses. BITS(high, low)
 * takes the bit numbers of the SDM, so a field reads as the manual prints it.
 */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define BIT(n)		(1ull << (n))
#define BITS(high, low)	((~0ull >> (63 - (high))) & (~0ull << (low)))

/* Read or build the field that a BITS() mask names. */
#define field_get(mask, word)	(((u64)(word) & (mask)) / ((mask) & -(mask)))
#define field_prep(mask, val)	(((u64)(val) * ((mask) & -(mask))) & (mask))
#define field_set(mask, word, val) \
	(((word) & ~(mask)) | field_prep(mask, val))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define min(a, b) __extension__({ __typeof__(a) a_ = (a); \
	__typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) __extension__({ __typeof__(a) a_ = (a); \
	__typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
/* @a is a power of two. */
#define align_up(x, a)	 (((x) + ((a) - 1)) & ~((u64)(a) - 1))
#define align_down(x, a) ((x) & ~((u64)(a) - 1))
#define is_aligned(x, a) (((x) & ((u64)(a) - 1)) == 0)

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096ull
#define SIZE_2M		(1ull << 21)
#define SIZE_1G		(1ull << 30)

#define READ_ONCE(x)	 __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#define __must_check	__attribute__((warn_unused_result))
#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __section(s)	__attribute__((section(s)))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
/* Written during boot, read-only after paging_seal(). */
#define __ro_after_init	__section(".data.ro_after_init")
/* Keeps a rare path from costing the usual one registers and stack. */
#define __noinline	__attribute__((noinline))
#define __unused	__attribute__((unused))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by the files of the configuration parser only: the state of a run,
 * a piece of the text, and the tables of keys.
 */
#ifndef BOOT_CONFIG_INTERNAL_H
#define BOOT_CONFIG_INTERNAL_H

#include "boot/config.h"
#include "core/types.h"

#define CONFIG_MAX_KEYS		20
#define CONFIG_MIN_MEMORY	(2ull << 20)
#define CONFIG_MAX_MEMORY	(16ull << 40)

/* A piece of the text, not NUL-terminated: [p, end). */
struct span {
	const char *p;
	const char *end;
};

/* A piece of the text for a message: shortened and NUL-terminated. */
struct word {
	char text[44];
};

enum config_section {
	SECTION_NONE,		/* before the first header */
	SECTION_NOEXIT,
	SECTION_VM,
	SECTION_SKIP,		/* its header was wrong: say no more */
};

enum value_kind {
	VALUE_CHOICE,		/* one of `choices` */
	VALUE_NUMBER,		/* lowest..highest */
	VALUE_SIZE,		/* lowest..highest, K/M/G, multiple of 4 KiB */
	VALUE_NAME,		/* a module or VM name */
	VALUE_MODULES,
	VALUE_CPUS,
	VALUE_TEXT,
};

struct config_choice {
	const char *word;	/* NULL ends a list */
	u32 value;
};

struct config_key {
	const char *name;	/* NULL ends a table */
	enum value_kind kind;
	u16 offset;		/* of the field in its struct */
	u16 size_bytes;		/* of the field; 0: nothing is stored */
	const struct config_choice *choices;
	u64 lowest, highest;
};

/* Where something was said, for a message that can only come later. */
struct config_place {
	u32 line, column;
};

struct config_parser {
	struct config *config;
	config_report report;
	void *ctx;
	u32 errors;

	u32 line;		/* 1-based */
	const char *line_start;

	enum config_section section;
	u32 noexit_line;		/* of its header, 0: none yet */
	struct vm_config *vm;		/* in SECTION_VM */
	u32 seen_line[CONFIG_MAX_KEYS];	/* by key of this section; 0: not yet */
	struct config_place after[CONFIG_MAX_VMS];
	struct config_place until[CONFIG_MAX_VMS];
};

extern const struct config_key config_noexit_keys[];
extern const struct config_key config_vm_keys[];

/* Report at @at, count, and mark the VM (or the whole configuration) bad. */
void config_error(struct config_parser *parser, const char *at,
		  const char *fmt, ...) __printf(3, 4);
/* The same for a place that is not on the current line. */
void config_error_at(struct config_parser *parser, struct config_place place,
		     struct vm_config *vm, const char *fmt, ...)
	__printf(4, 5);
void config_warn_at(struct config_parser *parser, struct config_place place,
		    const char *fmt, ...) __printf(3, 4);

bool span_is(struct span span, const char *word);
struct span span_trim(struct span span);
/* Cut at the next @separator: the part before it; @rest gets what follows. */
struct span span_split(struct span *rest, char separator);
struct word span_word(struct span span);
/* Copy all of it; false when @size_bytes is too small. */
bool span_copy(char *dst, size_t size_bytes, struct span span);
/* A character of a key: letters, digits, '_' and '-'. */
bool config_key_char(char c);

const struct config_key *config_find_key(const struct config_key *keys,
					 struct span name);
/* The entry nearest to a mistyped word, or NULL when none is near. */
const char *config_near_key(const struct config_key *keys, struct span name);
const char *config_near_choice(const struct config_choice *choices,
			       struct span name);
/* Is @word near enough to @name to be what was meant? */
bool config_is_near(const char *word, struct span name);

/*
 * Parse @value for @key into the struct at @base. Quotes are taken off already,
 * backslashes in them are not. What is wrong is reported.
 */
void config_value(struct config_parser *parser, const struct config_key *key,
		  struct span value, bool quoted, void *base);
/* What can only be said when all sections are known. */
void config_check(struct config_parser *parser);

#endif

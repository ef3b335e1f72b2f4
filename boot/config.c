/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noexit.conf: lines, sections and keys. The tables of keys are in
 * config_keys.c, values in config_value.c, checks of the whole in
 * config_check.c. The text may be anything: a module that is not a
 * configuration at all ends in messages, never in a fault.
 */
#include "boot/config.h"

#include "boot/config_internal.h"
#include "core/printf.h"
#include "core/string.h"

#define CONFIG_MAX_BYTES	(64 << 10)
#define CONFIG_MAX_MESSAGE	200

/* Memory that a VM without memory= gets: enough for a stock Linux kernel. */
#define CONFIG_VM_MEMORY	(128ull << 20)

/* ---- Messages ---- */

static void __printf(4, 0) report(struct config_parser *parser,
				  struct config_place place, bool warning,
				  const char *fmt, va_list args)
{
	char message[CONFIG_MAX_MESSAGE];

	vformat(message, sizeof(message), fmt, args);
	if (!warning)
		parser->errors++;
	if (parser->report)
		parser->report(parser->ctx, place.line, place.column, warning,
			       message);
}

static struct config_place place_of(const struct config_parser *parser,
				    const char *at)
{
	return (struct config_place){
		parser->line, (u32)(at - parser->line_start) + 1,
	};
}

void config_error(struct config_parser *parser, const char *at,
		  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(parser, place_of(parser, at), false, fmt, args);
	va_end(args);
	if (parser->section == SECTION_VM)
		parser->vm->bad = true;
	else
		parser->config->bad = true;
}

void config_error_at(struct config_parser *parser, struct config_place place,
		     struct vm_config *vm, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(parser, place, false, fmt, args);
	va_end(args);
	vm->bad = true;
}

void config_warn_at(struct config_parser *parser, struct config_place place,
		    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(parser, place, true, fmt, args);
	va_end(args);
}

/* The name at the front of @span, up to the first byte that is none of it. */
static struct span take_word(struct span *span)
{
	struct span word = *span;

	while (span->p < span->end && config_key_char(*span->p))
		span->p++;
	word.end = span->p;
	return word;
}

/* ---- Keys ---- */

/*
 * Take the quotes off a value. @rest is what follows the closing one. False:
 * there is none.
 */
static bool unquote(struct span *value, struct span *rest)
{
	const char *p = value->p + 1;

	while (p < value->end && *p != '"') {
		if (*p == '\\' && p + 1 < value->end)
			p++;
		p++;
	}
	if (p >= value->end)
		return false;
	*rest = span_trim((struct span){ p + 1, value->end });
	*value = (struct span){ value->p + 1, p };
	return true;
}

static void unknown_key(struct config_parser *parser, struct span name)
{
	bool in_vm = parser->section == SECTION_VM;
	const struct config_key *mine =
		in_vm ? config_vm_keys : config_noexit_keys;
	const struct config_key *other =
		in_vm ? config_noexit_keys : config_vm_keys;
	struct word word = span_word(name);
	const char *near = config_near_key(mine, name);

	if (config_find_key(other, name))
		config_error(parser, name.p, "'%s' belongs in a [%s] section",
			     word.text, in_vm ? "noexit" : "vm NAME");
	else if (near)
		config_error(parser, name.p,
			     "unknown key '%s'; did you mean '%s'?", word.text,
			     near);
	else
		config_error(parser, name.p, "unknown key '%s'", word.text);
}

/* Parse @value into the field of @key; a later check may want its place. */
static void set_key(struct config_parser *parser, const struct config_key *key,
		    struct span value)
{
	struct vm_config *vm = parser->vm;
	bool in_vm = parser->section == SECTION_VM;
	bool quoted = value.p < value.end && *value.p == '"';
	struct span rest = { NULL, NULL };

	if (value.p == value.end) {
		config_error(parser, value.p, "'%s' has no value", key->name);
		return;
	}
	if (quoted && !unquote(&value, &rest)) {
		config_error(parser, value.p, "the quote is not closed");
		return;
	}
	if (rest.p < rest.end) {
		config_error(parser, rest.p, "text after the closing quote");
		return;
	}
	if (in_vm)
		config_value(parser, key, value, quoted, vm);
	else
		config_value(parser, key, value, quoted, parser->config);
	if (in_vm && key->offset == offsetof(struct vm_config, after))
		parser->after[vm - parser->config->vm] =
			place_of(parser, value.p);
	if (in_vm && key->offset == offsetof(struct vm_config, until))
		parser->until[vm - parser->config->vm] =
			place_of(parser, value.p);
}

/* `key = value` in [noexit] or in a [vm]. */
static void parse_key(struct config_parser *parser, struct span line)
{
	const struct config_key *keys = parser->section == SECTION_VM ?
					config_vm_keys : config_noexit_keys;
	struct span rest = line;
	struct span name = take_word(&rest);
	const struct config_key *key = config_find_key(keys, name);
	u32 *seen;

	rest = span_trim(rest);
	if (name.p == name.end) {
		config_error(parser, line.p,
			     "expected key=value, [section] or # comment");
		return;
	}
	if (rest.p == rest.end || *rest.p != '=') {
		config_error(parser, rest.p, "expected '=' after '%s'",
			     span_word(name).text);
		return;
	}
	if (!key) {
		unknown_key(parser, name);
		return;
	}
	seen = &parser->seen_line[key - keys];
	if (*seen) {
		config_error(parser, name.p,
			     "'%s' was given in line %u already", key->name,
			     *seen);
		return;
	}
	*seen = parser->line;
	rest.p++;
	set_key(parser, key, span_trim(rest));
}

/* ---- Sections ---- */

static struct vm_config *find_vm(struct config *config, struct span name)
{
	for (u32 i = 0; i < config->vm_count; i++)
		if (span_is(name, config->vm[i].name))
			return &config->vm[i];
	return NULL;
}

static bool check_vm_name(struct config_parser *parser, struct span name)
{
	if (name.p == name.end) {
		config_error(parser, name.p, "a VM needs a name: [vm NAME]");
		return false;
	}
	for (const char *p = name.p; p < name.end; p++) {
		if (config_key_char(*p) || *p == '.')
			continue;
		config_error(parser, p,
			     "a VM's name has letters, digits, '.', '_' and "
			     "'-' only");
		return false;
	}
	if (name.end - name.p >= CONFIG_NAME_BYTES) {
		config_error(parser, name.p,
			     "'%s' is longer than %d characters",
			     span_word(name).text, CONFIG_NAME_BYTES - 1);
		return false;
	}
	return true;
}

static void vm_defaults(struct vm_config *vm)
{
	memset(vm, 0, sizeof(*vm));
	vm->memory_bytes = CONFIG_VM_MEMORY;
	vm->vcpus = 1;
	vm->boot = BOOT_AUTO;
	vm->autostart = true;
	vm->x2apic = true;
	vm->restart_on_reset = true;
	vm->share = 100;
}

static void open_vm(struct config_parser *parser, struct span name)
{
	struct config *config = parser->config;
	struct vm_config *vm;

	if (!check_vm_name(parser, name))
		return;
	vm = find_vm(config, name);
	if (vm) {
		/* Which of the two was meant? Neither is started. */
		parser->section = SECTION_VM;
		parser->vm = vm;
		config_error(parser, name.p,
			     "VM '%s' exists in line %u already", vm->name,
			     vm->line);
		parser->section = SECTION_SKIP;
		return;
	}
	if (config->vm_count == CONFIG_MAX_VMS) {
		config_error(parser, name.p, "more than %d VMs",
			     CONFIG_MAX_VMS);
		return;
	}
	vm = &config->vm[config->vm_count++];
	vm_defaults(vm);
	vm->line = parser->line;
	(void)span_copy(vm->name, sizeof(vm->name), name);
	parser->vm = vm;
	parser->section = SECTION_VM;
}

static void open_noexit(struct config_parser *parser, struct span name)
{
	if (name.p < name.end) {
		config_error(parser, name.p, "[noexit] takes no name");
		return;
	}
	if (parser->noexit_line) {
		config_error(parser, parser->line_start,
			     "[noexit] was in line %u already",
			     parser->noexit_line);
		return;
	}
	parser->noexit_line = parser->line;
	parser->section = SECTION_NOEXIT;
}

static void parse_header(struct config_parser *parser, struct span line)
{
	struct span rest = { line.p + 1, line.end };
	struct span kind;

	/* Until the header proves good; this also makes errors global. */
	parser->section = SECTION_SKIP;
	parser->vm = NULL;
	memset(parser->seen_line, 0, sizeof(parser->seen_line));
	if (line.end[-1] != ']') {
		config_error(parser, line.end, "expected ']'");
		return;
	}
	rest.end--;
	rest = span_trim(rest);
	kind = take_word(&rest);
	rest = span_trim(rest);
	if (span_is(kind, "vm"))
		open_vm(parser, rest);
	else if (span_is(kind, "noexit"))
		open_noexit(parser, rest);
	else if (config_is_near("vm", kind) || config_is_near("noexit", kind))
		config_error(parser, kind.p,
			     "unknown section '%s'; did you mean '%s'?",
			     span_word(kind).text,
			     config_is_near("vm", kind) ? "vm" : "noexit");
	else
		config_error(parser, kind.p,
			     "unknown section '%s': there are [noexit] and "
			     "[vm NAME]", span_word(kind).text);
}

/* ---- Lines ---- */

/*
 * Cut the comment off and check every byte before it. False: reported. A '#'
 * that touches a value is more likely a part of it than a comment.
 */
static bool clean_line(struct config_parser *parser, struct span *line)
{
	bool quoted = false;

	for (const char *p = line->p; p < line->end; p++) {
		if (*p != '\t' && (*p < ' ' || *p > '~')) {
			config_error(parser, p,
				     "byte 0x%02x is not printable ASCII",
				     (u8)*p);
			return false;
		}
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\' && p + 1 < line->end &&
			 (p[1] == '"' || p[1] == '\\'))
			p++;
		if (*p != '#' || quoted)
			continue;
		if (p > line->p && p[-1] != ' ' && p[-1] != '\t') {
			config_error(parser, p, "put a blank before '#', or "
				     "the value in quotes");
			return false;
		}
		line->end = p;
		break;
	}
	*line = span_trim(*line);
	return true;
}

static void parse_line(struct config_parser *parser, struct span line)
{
	if (line.p < line.end && line.end[-1] == '\r')
		line.end--;
	if (!clean_line(parser, &line) || line.p == line.end)
		return;
	if (*line.p == '[') {
		parse_header(parser, line);
	} else if (parser->section == SECTION_NONE) {
		config_error(parser, line.p,
			     "expected [noexit] or [vm NAME] first");
		parser->section = SECTION_SKIP;
	} else if (parser->section != SECTION_SKIP) {
		parse_key(parser, line);
	}
}

/* ---- Entry points ---- */

void config_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->log_level = LOG_INFO;
	config->end = END_ACTION_STAY;
	config->prefix = PREFIX_AUTO;
	config->ept_1g = true;
	config->x2apic = true;
	config->apicv = APICV_IPIV;
}

u32 config_parse(struct config *config, const char *text, size_t len_bytes,
		 config_report report_fn, void *ctx)
{
	struct config_parser parser = {
		.config = config, .report = report_fn, .ctx = ctx,
		.line = 1, .line_start = text,
	};
	struct span rest = { text, len_bytes ? text + len_bytes : text };

	if (len_bytes > CONFIG_MAX_BYTES) {
		config_error(&parser, text, "the file is larger than %d KiB",
			     CONFIG_MAX_BYTES >> 10);
		return parser.errors;
	}
	/* Some editors begin a text with U+FEFF. */
	if (len_bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		rest.p += 3;
	do {
		struct span line = span_split(&rest, '\n');

		parser.line_start = line.p;
		parse_line(&parser, line);
		parser.line++;
	} while (rest.p);
	parser.line--;
	parser.section = SECTION_NONE;
	config_check(&parser);
	return parser.errors;
}

u32 config_parse_cmdline(struct config *config, const char *cmdline,
			 config_report report_fn, void *ctx)
{
	struct config_parser parser = {
		.config = config, .report = report_fn, .ctx = ctx,
		.line = 1, .line_start = cmdline, .section = SECTION_NOEXIT,
	};
	struct span rest = { cmdline, cmdline + strlen(cmdline) };
	bool first = true;

	while (rest.p) {
		struct span word = span_trim(span_split(&rest, ' '));
		struct span value = word;

		if (word.p == word.end)
			continue;
		/* Some loaders pass the image's own name first. */
		(void)span_split(&value, '=');
		if (!first || value.p)
			parse_key(&parser, word);
		first = false;
	}
	return parser.errors;
}

/*
 * "boot/guest one.elf" gives a VM "guest-one.elf": the file's own name with
 * what no VM name may have replaced.
 */
static void name_from_module(char *name, const char *module)
{
	const char *base = module;
	u32 len = 0;

	for (const char *p = module; *p; p++)
		if (*p == '/' && p[1])
			base = p + 1;
	for (; base[len] && len < CONFIG_NAME_BYTES - 1; len++)
		name[len] = config_key_char(base[len]) || base[len] == '.' ?
			    base[len] : '-';
	name[len] = '\0';
}

void config_default_vm(struct config *config, const char *module_name,
		       u64 memory_bytes)
{
	struct vm_config *vm = &config->vm[0];
	/* For page tables, later allocations, and fragments. */
	u64 reserve = (16ull << 20) + memory_bytes / 64;

	vm_defaults(vm);
	config->vm_count = 1;
	(void)str_copy(vm->kernel, sizeof(vm->kernel), module_name);
	name_from_module(vm->name, module_name);
	vm->memory_bytes = memory_bytes > reserve ?
		align_down(memory_bytes - reserve, SIZE_2M) : 0;
	vm->bad = vm->memory_bytes < CONFIG_MIN_MEMORY;
}

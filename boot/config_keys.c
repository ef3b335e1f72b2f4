/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of noexit.conf as tables (docs/config.md has the same list for
 * people), and the search for what a mistyped word was meant to be.
 */
#include "boot/config_internal.h"

#include "core/string.h"

static const struct config_choice yes_no[] = {
	{ "yes", true }, { "no", false }, { NULL, 0 },
};

static const struct config_choice log_levels[] = {
	{ "error", LOG_ERROR }, { "warn", LOG_WARN }, { "info", LOG_INFO },
	{ "debug", LOG_DEBUG }, { NULL, 0 },
};

static const struct config_choice end_actions[] = {
	{ "stay", END_ACTION_STAY }, { "poweroff", END_ACTION_POWEROFF },
	{ "reboot", END_ACTION_REBOOT }, { NULL, 0 },
};

static const struct config_choice prefixes[] = {
	{ "auto", PREFIX_AUTO }, { "yes", PREFIX_YES }, { "no", PREFIX_NO },
	{ NULL, 0 },
};

static const struct config_choice boot_protocols[] = {
	{ "auto", BOOT_AUTO }, { "linux", BOOT_LINUX },
	{ "multiboot", BOOT_MULTIBOOT }, { "multiboot2", BOOT_MULTIBOOT2 },
	{ "pvh", BOOT_PVH }, { NULL, 0 },
};

static const struct config_choice rungs[] = {
	{ "ipiv", APICV_IPIV }, { "pi", APICV_PI }, { "vid", APICV_VID },
	{ NULL, 0 },
};

static const struct config_choice restart_stop[] = {
	{ "restart", true }, { "stop", false }, { NULL, 0 },
};

/* Port 0xF4 always stops the VM: the key is there to say so in a file. */
static const struct config_choice only_stop[] = {
	{ "stop", 0 }, { NULL, 0 },
};

#define FIELD(type, member) \
	.offset = offsetof(struct type, member), \
	.size_bytes = sizeof(((struct type *)0)->member)

const struct config_key config_noexit_keys[] = {
	{ "log", VALUE_CHOICE, FIELD(config, log_level),
	  .choices = log_levels },
	{ "end", VALUE_CHOICE, FIELD(config, end), .choices = end_actions },
	{ "prefix", VALUE_CHOICE, FIELD(config, prefix),
	  .choices = prefixes },
	{ "max_cpus", VALUE_NUMBER, FIELD(config, max_cpus),
	  .lowest = 1, .highest = 4096 },
	{ "ept_1g", VALUE_CHOICE, FIELD(config, ept_1g), .choices = yes_no },
	{ "x2apic", VALUE_CHOICE, FIELD(config, x2apic), .choices = yes_no },
	{ "apicv", VALUE_CHOICE, FIELD(config, apicv), .choices = rungs },
	{ .name = NULL },
};

const struct config_key config_vm_keys[] = {
	{ "kernel", VALUE_NAME, FIELD(vm_config, kernel) },
	{ "initrd", VALUE_NAME, FIELD(vm_config, initrd) },
	{ "modules", VALUE_MODULES, FIELD(vm_config, module) },
	{ "cmdline", VALUE_TEXT, FIELD(vm_config, cmdline) },
	{ "memory", VALUE_SIZE, FIELD(vm_config, memory_bytes),
	  .lowest = CONFIG_MIN_MEMORY, .highest = CONFIG_MAX_MEMORY },
	{ "vcpus", VALUE_NUMBER, FIELD(vm_config, vcpus),
	  .lowest = 1, .highest = CONFIG_MAX_VCPUS },
	{ "cpus", VALUE_CPUS, FIELD(vm_config, cpus) },
	{ "boot", VALUE_CHOICE, FIELD(vm_config, boot),
	  .choices = boot_protocols },
	{ "autostart", VALUE_CHOICE, FIELD(vm_config, autostart),
	  .choices = yes_no },
	{ "after", VALUE_NAME, FIELD(vm_config, after) },
	{ "until", VALUE_NAME, FIELD(vm_config, until) },
	{ "x2apic", VALUE_CHOICE, FIELD(vm_config, x2apic),
	  .choices = yes_no },
	{ "testdev", VALUE_CHOICE, FIELD(vm_config, testdev),
	  .choices = yes_no },
	{ "on_reset", VALUE_CHOICE, FIELD(vm_config, restart_on_reset),
	  .choices = restart_stop },
	{ "on_crash", VALUE_CHOICE, FIELD(vm_config, restart_on_crash),
	  .choices = restart_stop },
	{ "debug_exit", VALUE_CHOICE, .size_bytes = 0,
	  .choices = only_stop },
	{ "share", VALUE_NUMBER, FIELD(vm_config, share),
	  .lowest = 1, .highest = 10000 },
	{ .name = NULL },
};

_Static_assert(ARRAY_SIZE(config_noexit_keys) <= CONFIG_MAX_KEYS,
	       "seen_line[] is too small");
_Static_assert(ARRAY_SIZE(config_vm_keys) <= CONFIG_MAX_KEYS,
	       "seen_line[] is too small");

const struct config_key *config_find_key(const struct config_key *keys,
					 struct span name)
{
	for (const struct config_key *key = keys; key->name; key++)
		if (span_is(name, key->name))
			return key;
	return NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same(char a, char b)
{
	return lower(a) == lower(b);
}

#define NEAR_MAX_BYTES	32

/*
 * Letters to insert, delete, change or swap to make @word of @name, case
 * ignored: "optimal string alignment", the table a row at a time. row[0] is
 * the one being filled, row[1] that of the letter before, row[2] before that.
 */
static u32 edit_distance(const char *word, struct span name)
{
	u32 row[3][NEAR_MAX_BYTES + 1] = { { 0 } };
	u32 len = (u32)strlen(word);

	for (u32 i = 0; i <= len; i++)
		row[0][i] = i;
	for (const char *p = name.p; p < name.end; p++) {
		memcpy(row[2], row[1], sizeof(row[0]));
		memcpy(row[1], row[0], sizeof(row[0]));
		row[0][0]++;
		for (u32 i = 1; i <= len; i++) {
			u32 best = min(row[1][i], row[0][i - 1]) + 1;
			u32 change = row[1][i - 1] + !same(word[i - 1], *p);

			best = min(best, change);
			if (i > 1 && p > name.p && same(word[i - 1], p[-1]) &&
			    same(word[i - 2], *p))
				best = min(best, row[2][i - 2] + 1);
			row[0][i] = best;
		}
	}
	return row[0][len];
}

/*
 * Distance to @word, or ~0 when it is too far to be a slip of the hand: more
 * than two letters, or half of the word. So "on" is not a mistyped "no".
 */
static u32 near_distance(const char *word, struct span name)
{
	size_t len = (size_t)(name.end - name.p);
	size_t longer = max(len, strlen(word));
	u32 distance;

	if (longer > NEAR_MAX_BYTES)
		return ~0u;
	distance = edit_distance(word, name);
	return distance <= 2 && distance * 2 < longer ? distance : ~0u;
}

bool config_is_near(const char *word, struct span name)
{
	return near_distance(word, name) != ~0u;
}

const char *config_near_key(const struct config_key *keys, struct span name)
{
	const char *best = NULL;
	u32 best_distance = ~0u;

	for (const struct config_key *key = keys; key->name; key++) {
		u32 distance = near_distance(key->name, name);

		if (distance < best_distance) {
			best = key->name;
			best_distance = distance;
		}
	}
	return best;
}

const char *config_near_choice(const struct config_choice *choices,
			       struct span name)
{
	const char *best = NULL;
	u32 best_distance = ~0u;

	for (const struct config_choice *c = choices; c->word; c++) {
		u32 distance = near_distance(c->word, name);

		if (distance < best_distance) {
			best = c->word;
			best_distance = distance;
		}
	}
	return best;
}

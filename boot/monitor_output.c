/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMs' output on the host console. The VM that has the keys is shown byte for
 * byte, so that a shell works; of the others whole lines appear, each with
 * `(name) ` before it. A line that stays unfinished (a prompt) appears after a
 * short while.
 */
#include "boot/machine.h"
#include "boot/monitor_internal.h"
#include "core/console.h"
#include "core/console_ring.h"
#include "core/escape.h"
#include "core/log.h"
#include "core/printf.h"
#include "core/string.h"
#include "core/time.h"

#define CHUNK_BYTES	256
#define CHUNKS_PER_POLL	4	/* of each VM */
#define HOLD_US		50000
/* Above this a VM keeps its output, so that nobody's is overwritten. */
#define BACKLOG_MAX	(CONSOLE_RING_BYTES / 4 * 3)

struct vm_output {
	char line[160];		/* held back until the line is complete */
	u32 len;
	u64 since_tsc;		/* when its last byte came */
	u64 dropped;		/* of vconsole's count, what was reported */
	enum escape_state escape;
};

static struct vm_output outputs[CONFIG_MAX_VMS];
static enum config_prefix prefix_mode;

void monitor_output_init(enum config_prefix prefix)
{
	memset(outputs, 0, sizeof(outputs));
	prefix_mode = prefix;
}

static bool has_focus(u32 index)
{
	return monitor_focus() == index + 1;
}

static bool is_prefixed(u32 index)
{
	switch (prefix_mode) {
	case PREFIX_YES:
		return true;
	case PREFIX_NO:
		return false;
	default:
		return machine_count() > 1 && !has_focus(index);
	}
}

static void write_prefixed(u32 index, const char *text, size_t len_bytes)
{
	char prefix[CONFIG_NAME_BYTES + 4];

	format(prefix, sizeof(prefix), "(%s) ",
	       machine_get(index)->config->name);
	console_write_as(CONSOLE_VM + index, prefix, text, len_bytes);
}

void monitor_output_flush(u32 index)
{
	struct vm_output *out = &outputs[index];

	if (out->len)
		write_prefixed(index, out->line, out->len);
	out->len = 0;
}

/* Plain text only: a VM must not move the cursor into others' lines. */
static void hold_char(u32 index, char c)
{
	struct vm_output *out = &outputs[index];

	if (escape_skip(&out->escape, c))
		return;
	if (((u8)c < ' ' && c != '\n' && c != '\t') || c == '\x7f')
		return;
	out->line[out->len++] = c;
	if (c == '\n' || out->len == sizeof(out->line))
		monitor_output_flush(index);
}

static void show(u32 index, const char *text, size_t len_bytes)
{
	if (!is_prefixed(index)) {
		console_write_as(CONSOLE_VM + index, NULL, text, len_bytes);
		return;
	}
	for (size_t i = 0; i < len_bytes; i++)
		hold_char(index, text[i]);
	/* Others on its CPU may keep a VM from finishing its line. */
	outputs[index].since_tsc = time_now_tsc();
}

static void report_dropped(u32 index, struct machine *m)
{
	u64 dropped = READ_ONCE(m->console.out_dropped);

	if (dropped == outputs[index].dropped)
		return;
	log_limited(LOG_WARN, "console", "%s: %lu bytes of output lost",
		    m->config->name, dropped - outputs[index].dropped);
	outputs[index].dropped = dropped;
}

static void poll_vm(u32 index, struct machine *m)
{
	struct vm_output *out = &outputs[index];
	char chunk[CHUNK_BYTES];
	size_t len;

	for (u32 i = 0; i < CHUNKS_PER_POLL; i++) {
		if (!vconsole_out_ready(&m->console) ||
		    console_backlog() > BACKLOG_MAX)
			break;
		len = vconsole_take(&m->console, chunk, sizeof(chunk));
		show(index, chunk, len);
	}
	if (!vconsole_out_ready(&m->console))
		report_dropped(index, m);
	if (out->len &&
	    time_now_tsc() - out->since_tsc >= time_us_to_tsc(HOLD_US))
		monitor_output_flush(index);
}

void monitor_output_poll(void)
{
	for (u32 i = 0; i < machine_count(); i++)
		poll_vm(i, machine_get(i));
}

bool monitor_output_wants_poll(void)
{
	for (u32 i = 0; i < machine_count(); i++) {
		if (outputs[i].len ||
		    vconsole_out_ready(&machine_get(i)->console))
			return true;
	}
	return false;
}

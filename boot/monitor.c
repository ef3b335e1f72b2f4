/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of the host console: to the VM in focus, or to the monitor's prompt.
 * Ctrl-A is the only key that a VM does not get as it is.
 */
#include "boot/monitor.h"

#include "boot/machine.h"
#include "boot/monitor_internal.h"
#include "core/console.h"
#include "core/printf.h"
#include "core/time.h"

#define KEYS_PER_POLL	64
#define LINE_BYTES	120
#define TYPED_BYTES	1024u	/* a power of two */
#define PROMPT		"noexit> "
/* The prompt comes back when others' output has paused for so long. */
#define QUIET_US	500000

#define KEY_CTRL(c)	((c) - '@')
#define KEY_DELETE	0x7f

static struct {
	u32 focus;
	bool escape;		/* Ctrl-A came, its second key did not */
	/* The prompt's line, always terminated. */
	char line[LINE_BYTES];
	u32 len;
	/* Keys that the VM in focus has no room for yet. */
	char typed[TYPED_BYTES];
	u32 typed_head, typed_tail;
	/* When others' output paused, to bring the prompt back. */
	u64 quiet_at_byte;
	u64 quiet_since_tsc;
} mon;

void monitor_print(const char *fmt, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vformat(text, sizeof(text), fmt, args);
	va_end(args);
	console_write(text, min((size_t)len, sizeof(text) - 1));
}

u32 monitor_focus(void)
{
	return mon.focus;
}

/* ---- Prompt ---- */

static void show_prompt(void)
{
	monitor_print(PROMPT "%s", mon.line);
}

static bool prompt_is_shown(void)
{
	return console_line_owner() == CONSOLE_MONITOR;
}

static void clear_line(void)
{
	mon.len = 0;
	mon.line[0] = '\0';
}

static void erase_char(void)
{
	if (!mon.len)
		return;
	mon.line[--mon.len] = '\0';
	monitor_print("\b \b");
}

static void run_line(void)
{
	monitor_print("\n");
	monitor_command(mon.line);
	clear_line();
	/* `con NAME` has given the keys away. */
	if (mon.focus == FOCUS_MONITOR)
		show_prompt();
}

static void edit_line(char c)
{
	if (!prompt_is_shown())
		show_prompt();
	switch (c) {
	case '\r':
	case '\n':
		run_line();
		return;
	case '\b':
	case KEY_DELETE:
		erase_char();
		return;
	case KEY_CTRL('U'):
		while (mon.len)
			erase_char();
		return;
	case KEY_CTRL('C'):
		monitor_print("^C\n");
		clear_line();
		show_prompt();
		return;
	}
	if ((u8)c < ' ' || (u8)c > '~' || mon.len == LINE_BYTES - 1)
		return;
	mon.line[mon.len++] = c;
	mon.line[mon.len] = '\0';
	monitor_print("%c", c);
}

/* Another's line has broken the prompt: show it again, but not between two. */
static void restore_prompt(void)
{
	u64 now = time_now_tsc();

	if (prompt_is_shown())
		return;
	if (console_written() != mon.quiet_at_byte) {
		mon.quiet_at_byte = console_written();
		mon.quiet_since_tsc = now;
	} else if (now - mon.quiet_since_tsc >= time_us_to_tsc(QUIET_US)) {
		show_prompt();
	}
}

/* ---- Focus ---- */

static void show_focus(void)
{
	if (mon.focus == FOCUS_MONITOR)
		monitor_print("[keys go to the monitor; type help]\n");
	else
		monitor_print("[keys go to VM %u, %s; Ctrl-A m: monitor, "
			      "Ctrl-A ?: help]\n", mon.focus,
			      machine_get(mon.focus - 1)->config->name);
}

void monitor_set_focus(u32 focus)
{
	for (u32 i = 0; i < machine_count(); i++)
		monitor_output_flush(i);
	mon.focus = focus;
	mon.typed_head = mon.typed_tail;
	/* An unfinished prompt would run into the banner. */
	if (prompt_is_shown())
		monitor_print("\n");
	show_focus();
	if (focus == FOCUS_MONITOR)
		show_prompt();
}

static void show_escape_help(void)
{
	if (prompt_is_shown())
		monitor_print("\n");
	monitor_print("Ctrl-A n next, p previous, m or 0 monitor, 1-9 that VM, "
		      "Ctrl-A sends Ctrl-A, ? this\n");
	show_focus();
	if (mon.focus == FOCUS_MONITOR)
		show_prompt();
}

static void type_to_vm(char c)
{
	/* A VM that does not read loses keys, not the monitor its own. */
	if (mon.typed_head - mon.typed_tail < TYPED_BYTES)
		mon.typed[mon.typed_head++ % TYPED_BYTES] = c;
}

static void second_key(char c)
{
	u32 ring = machine_count() + 1;

	if (c == 'n') {
		monitor_set_focus((mon.focus + 1) % ring);
	} else if (c == 'p') {
		monitor_set_focus((mon.focus + ring - 1) % ring);
	} else if (c == 'm') {
		monitor_set_focus(FOCUS_MONITOR);
	} else if (c >= '0' && c <= '9' && (u32)(c - '0') < ring) {
		monitor_set_focus((u32)(c - '0'));
	} else if (c == KEY_CTRL('A')) {
		if (mon.focus != FOCUS_MONITOR)
			type_to_vm(c);
	} else {
		show_escape_help();
	}
}

static void take_key(char c)
{
	if (mon.escape) {
		mon.escape = false;
		second_key(c);
	} else if (c == KEY_CTRL('A')) {
		mon.escape = true;
	} else if (mon.focus == FOCUS_MONITOR) {
		edit_line(c);
	} else {
		type_to_vm(c);
	}
}

/* ---- The VM in focus ---- */

static void give_keys(struct machine *m)
{
	bool any = false;

	while (mon.typed_tail != mon.typed_head &&
	       vconsole_put(&m->console,
			    mon.typed[mon.typed_tail % TYPED_BYTES])) {
		mon.typed_tail++;
		any = true;
	}
	if (any)
		platform_console_input(&m->platform);
}

/* One that has stopped for good, its last words shown, loses the focus. */
static void serve_focus(void)
{
	struct machine *m;

	if (mon.focus == FOCUS_MONITOR) {
		restore_prompt();
		return;
	}
	m = machine_get(mon.focus - 1);
	if (machine_running(m))
		give_keys(m);
	else if (!m->built && !m->restart && !vconsole_out_ready(&m->console))
		monitor_set_focus(FOCUS_MONITOR);
}

/* ---- Entry points ---- */

void monitor_init(const struct config *config)
{
	u32 focus = FOCUS_MONITOR;

	monitor_output_init(config->prefix);
	clear_line();
	mon.escape = false;
	for (u32 i = machine_count(); i-- > 0;) {
		const struct vm_config *vc = machine_get(i)->config;

		if (vc->autostart && !vc->bad && !vc->after[0])
			focus = i + 1;
	}
	monitor_set_focus(focus);
}

void monitor_poll(void)
{
	int c;

	for (u32 i = 0; i < KEYS_PER_POLL; i++) {
		c = console_getc();
		if (c < 0)
			break;
		take_key((char)c);
	}
	monitor_output_poll();
	serve_focus();
}

bool monitor_wants_poll(void)
{
	if (console_wants_poll() || monitor_output_wants_poll())
		return true;
	if (mon.focus == FOCUS_MONITOR)
		return !prompt_is_shown();
	return mon.typed_head != mon.typed_tail;
}

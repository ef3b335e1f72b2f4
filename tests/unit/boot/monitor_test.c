/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/monitor.h"

#include "tests/unit/boot/monitor_model.h"

/* ---- Focus ---- */

TEST(keys_go_to_the_first_vm_that_starts)
{
	setup(2, PREFIX_AUTO);
	config.vm[0].autostart = false;
	monitor_init(&config);
	EXPECT_STR(out, "[keys go to VM 2, tiny; Ctrl-A m: monitor, "
			"Ctrl-A ?: help]\n");
	type("ls\r");
	EXPECT_STR(received(1), "ls\r");
	EXPECT(inputs[1] > 0);
	EXPECT_EQ(inputs[0], 0);
}

TEST(nothing_starts_so_the_monitor_has_them)
{
	setup(0, PREFIX_AUTO);
	monitor_init(&config);
	EXPECT(strstr(out, "noexit> "));
	setup(1, PREFIX_AUTO);
	config.vm[0].bad = true;
	monitor_init(&config);
	EXPECT_EQ(monitor_focus(), FOCUS_MONITOR);
}

TEST(ctrl_a_moves_the_keys)
{
	setup(3, PREFIX_AUTO);
	EXPECT_EQ(monitor_focus(), 1);
	type(CTRL_A "n");
	EXPECT_EQ(monitor_focus(), 2);
	type(CTRL_A "n" CTRL_A "n");
	EXPECT_EQ(monitor_focus(), FOCUS_MONITOR);
	EXPECT(strstr(out, "noexit> "));
	type(CTRL_A "p");
	EXPECT_EQ(monitor_focus(), 3);
	type(CTRL_A "2");
	EXPECT_EQ(monitor_focus(), 2);
	type(CTRL_A "9");		/* no such VM: help */
	EXPECT_EQ(monitor_focus(), 2);
	EXPECT(strstr(out, "Ctrl-A n next"));
	type(CTRL_A "0");
	EXPECT_EQ(monitor_focus(), FOCUS_MONITOR);
	type("con linux\r");
	EXPECT_EQ(monitor_focus(), 1);
	type(CTRL_A "m");
	EXPECT_EQ(monitor_focus(), FOCUS_MONITOR);
	EXPECT_STR(received(0), "");
}

TEST(ctrl_a_twice_sends_one)
{
	setup(1, PREFIX_AUTO);
	type("a" CTRL_A CTRL_A "b");
	EXPECT_STR(received(0), "a\x01" "b");
}

TEST(vm_that_does_not_read_keeps_its_keys)
{
	char text[600];

	setup(1, PREFIX_AUTO);
	memset(text, 'k', sizeof(text));
	text[599] = '\0';
	type(text);
	EXPECT(monitor_wants_poll());
	EXPECT_EQ(strlen(received(0)), VCONSOLE_IN_BYTES);
	poll();
	EXPECT_EQ(strlen(received(0)), VCONSOLE_IN_BYTES);
	poll();
	EXPECT_EQ(strlen(received(0)), 599 - 2 * VCONSOLE_IN_BYTES);
	/* And even a paste without end leaves the way to the monitor. */
	for (u32 i = 0; i < 10; i++)
		type(text);
	type(CTRL_A "m");
	EXPECT_EQ(monitor_focus(), FOCUS_MONITOR);
}

TEST(stopped_vm_gives_the_keys_back_after_its_last_words)
{
	setup(1, PREFIX_AUTO);
	machines[0].vm.state = VM_STOPPED;
	print(0, "bye\n");
	EXPECT_EQ(monitor_focus(), 1);	/* it is not reaped yet */
	machines[0].built = false;
	machines[0].restart = true;
	poll();
	EXPECT_EQ(monitor_focus(), 1);
	machines[0].restart = false;
	poll();
	EXPECT_EQ(monitor_focus(), FOCUS_MONITOR);
	EXPECT(strstr(out, "bye\n[keys go to the monitor"));
}

/* ---- Output ---- */

TEST(one_vm_is_shown_as_it_is)
{
	setup(1, PREFIX_AUTO);
	print(0, "\033[1mboot\033[0m\r\n~ # ");
	EXPECT_STR(out, "\033[1mboot\033[0m\r\n~ # ");
	type("l");
	print(0, "l");
	print(0, "s\n");
	EXPECT_STR(out, "\033[1mboot\033[0m\r\n~ # ls\n");
}

TEST(others_have_whole_lines_with_their_name)
{
	setup(2, PREFIX_AUTO);
	print(0, "~ # ");
	print(1, "beat");
	EXPECT_STR(out, "~ # ");
	print(1, " 1\r\n\033[31mbeat 2\n\a");
	EXPECT_STR(out, "~ # \n(tiny) beat 1\n(tiny) beat 2\n");
	print(0, "ls\n");
	EXPECT_STR(out, "~ # \n(tiny) beat 1\n(tiny) beat 2\nls\n");
}

TEST(unfinished_line_appears_after_a_while)
{
	setup(2, PREFIX_AUTO);
	print(1, "login: ");
	EXPECT_STR(out, "");
	EXPECT(monitor_wants_poll());
	now_us += 49999;
	poll();
	EXPECT_STR(out, "");
	now_us += 1;
	poll();
	EXPECT_STR(out, "(tiny) login: ");
	print(1, "root\n");
	EXPECT_STR(out, "(tiny) login: root\n");
	/* One that was broken by another gets its name again. */
	print(1, "half");
	now_us += 50000;
	poll();
	print(0, "x\n");
	print(1, "way\n");
	EXPECT(strstr(out, "(tiny) half\nx\n(tiny) way\n"));
}

TEST(line_that_goes_on_is_held)
{
	setup(2, PREFIX_AUTO);
	print(1, "half ");
	now_us += 40000;
	print(1, "a ");
	now_us += 40000;
	print(1, "line\n");
	EXPECT_STR(out, "(tiny) half a line\n");
}

TEST(prefix_yes_and_no)
{
	setup(1, PREFIX_YES);
	print(0, "a\nb");
	EXPECT_STR(out, "(linux) a\n");
	now_us += 50000;
	poll();
	EXPECT_STR(out, "(linux) a\n(linux) b");
	setup(2, PREFIX_NO);
	print(1, "a\n");
	print(0, "b");
	print(1, "c\n");
	EXPECT_STR(out, "a\nb\nc\n");
}

TEST(long_line_is_shown_in_pieces)
{
	char text[400];

	setup(2, PREFIX_AUTO);
	memset(text, 'x', sizeof(text));
	text[398] = '\n';
	text[399] = '\0';
	print(1, text);
	EXPECT_EQ(out_len, strlen("(tiny) ") + 399);
}

TEST(lost_output_is_counted)
{
	setup(1, PREFIX_AUTO);
	for (u32 i = 0; i < VCONSOLE_OUT_BYTES + 7; i++)
		if (!vconsole_out(&machines[0].console, 'x'))
			continue;
	while (monitor_output_wants_poll())
		poll();
	EXPECT(strstr(out, "x\n["));
	EXPECT(strstr(out, " WARN  console: linux: 7 bytes of output lost\n"));
}

TEST(vm_waits_while_the_console_is_behind)
{
	static char line[1000];

	setup(1, PREFIX_AUTO);
	memset(line, 'l', sizeof(line));
	for (u32 i = 0; i < 60; i++)
		console_write(line, sizeof(line));
	forget();
	for (u32 i = 0; i < 100; i++)
		if (!vconsole_out(&machines[0].console, 'g'))
			continue;
	monitor_poll();
	EXPECT_EQ(out_len, 0);
	EXPECT(monitor_wants_poll());
	while (console_backlog())
		console_drain();
	monitor_poll();
	EXPECT(strstr(out, "gggg"));
}

/* ---- Prompt ---- */

static void setup_prompt(void)
{
	setup(2, PREFIX_AUTO);
	monitor_set_focus(FOCUS_MONITOR);
	forget();
}

TEST(line_is_edited)
{
	setup_prompt();
	type("vxs\b\x7f" "ms");
	EXPECT_STR(out, "vxs\b \b\b \bms");
	type("\x15" "help");
	EXPECT(strstr(out, "ms\b \b\b \b\b \bhelp"));
	forget();
	type("\x03");
	EXPECT_STR(out, "^C\nnoexit> ");
	forget();
	type("\b\x15\x02\r");
	EXPECT_STR(out, "\nnoexit> ");
}

TEST(endless_line_is_cut)
{
	char text[500];

	setup_prompt();
	memset(text, 'x', sizeof(text));
	text[499] = '\0';
	type(text);
	EXPECT(out_len < 200);
}

TEST(prompt_comes_back_when_it_is_quiet)
{
	setup_prompt();
	type("wh");
	EXPECT(!monitor_wants_poll() || console_wants_poll());
	print(1, "beat\n");
	EXPECT_STR(out, "wh\n(tiny) beat\n");
	now_us += 100000;
	print(1, "beat\n");
	now_us += 499999;
	poll();
	EXPECT_STR(out, "wh\n(tiny) beat\n(tiny) beat\n");
	now_us += 1;
	poll();
	EXPECT_STR(out, "wh\n(tiny) beat\n(tiny) beat\nnoexit> wh");
	/* A key brings it back at once. */
	print(1, "beat\n");
	forget();
	type("y");
	EXPECT_STR(out, "noexit> why");
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/monitor_internal.h"

#include "tests/unit/boot/monitor_model.h"

static void setup_prompt(void)
{
	setup(2, PREFIX_AUTO);
	monitor_set_focus(FOCUS_MONITOR);
	forget();
}

static const char *run(const char *line)
{
	char text[128];

	forget();
	strcpy(text, line);
	monitor_command(text);
	return out;
}

TEST(help_names_every_command)
{
	static const char *const names[] = {
		"help", "vms", "vm", "why", "con", "start", "stop", "restart",
		"cpus", "exits", "log", "reboot", "poweroff",
	};

	setup_prompt();
	run("help");
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT(strstr(out, names[i]));
}

TEST(unknown_command_suggests)
{
	setup_prompt();
	EXPECT(strstr(run("exist"), "unknown command 'exist'; did you mean "
				    "'exits'?"));
	EXPECT(strstr(run("zzzzzzz"), "unknown command 'zzzzzzz' (help"));
	EXPECT_STR(run("   "), "");
	EXPECT_STR(run("vm a b"), "usage: vm NAME\n");
	EXPECT_STR(run("vms a"), "usage: vms \n");
}

TEST(vms_lists_states)
{
	setup_prompt();
	monitor_set_focus(2);
	machines[0].built = false;
	run("vms");
	EXPECT(strstr(out, "  1 linux            stopped      2 "
			   "    64 MB 1\n"));
	EXPECT(strstr(out, "* 2 tiny             running      2 "
			   "    64 MB 1\n"));
	machines[0].starts = 0;
	machines[1].vm.state = VM_STOPPING;
	run("vms");
	EXPECT(strstr(out, "linux            off"));
	EXPECT(strstr(out, "tiny             stopping"));
}

TEST(vm_shows_vcpus)
{
	setup_prompt();
	run("vm tiny");
	EXPECT(strstr(out, "tiny: running, 64 MB, 2 vCPUs, kernel vmlinuz, "
			   "started 1 times\n"));
	EXPECT(strstr(out, "  vCPU 3 on CPU 1: off, ran 5 ms\n"));
	EXPECT(strstr(run("vm tinny"), "did you mean 'tiny'?"));
	EXPECT(strstr(run("vm"), "which VM?"));
	count = 1;
	EXPECT(strstr(run("vm"), "linux: running"));
}

TEST(why_tells)
{
	struct machine *m = &machines[0];

	setup_prompt();
	EXPECT(strstr(run("why linux"), "nothing has gone wrong"));
	m->built = false;
	m->last_reason = GUEST_STOP_POWEROFF;
	EXPECT_STR(run("why linux"), "stopped: power-off, code 0\n");
	strcpy(m->why, "no module");
	EXPECT_STR(run("why linux"), "not started: no module\n");
	m->why[0] = '\0';
	m->starts = 0;
	EXPECT(strstr(run("why linux"), "`start linux` does"));
	strcpy(config.vm[0].after, "tiny");
	EXPECT_STR(run("why linux"), "starts when 'tiny' has stopped\n");
}

TEST(life_cycle_commands)
{
	setup_prompt();
	EXPECT_STR(run("start linux"), "linux runs already\n");
	EXPECT(!called);
	run("stop linux");
	EXPECT_STR(called, "stop");
	machines[0].built = false;
	EXPECT_STR(run("stop linux"), "linux does not run\n");
	run("start linux");
	EXPECT_STR(called, "start");
	EXPECT(machines[0].built);
	run("restart linux");
	EXPECT_STR(called, "restart");
	machines[1].built = false;
	start_error = -ENOMEM;
	EXPECT_STR(run("start tiny"), "not started: no memory for it\n");
	EXPECT(strstr(run("start nobody"), "no VM is named 'nobody'\n"));
	EXPECT(strstr(run("con nobody"), "no VM is named 'nobody'\n"));
}

TEST(cpus_and_exits)
{
	setup_prompt();
	cpu_shared[1].apic_id = 0x20;
	run("cpus");
	EXPECT(strstr(out, "  1       20  linux.1 linux.3"));
	run("exits tiny");
	EXPECT(!strstr(out, "linux"));
	EXPECT(strstr(out, "CPUID"));
	EXPECT(strstr(out, "        1000        1001        1002"));
	EXPECT(strstr(out, "        1006        1007\n"));
	EXPECT(strstr(out, "ICR logical"));
	EXPECT(strstr(out, "          77          77\n"));
	EXPECT(!strstr(out, "?"));
	EXPECT(strstr(run("exits"), "linux"));
	machines[0].built = false;
	EXPECT_STR(run("exits linux"), "linux does not run\n");
}

TEST(log_shows_the_last_lines)
{
	setup_prompt();
	for (u32 i = 0; i < 100; i++)
		log_info("t", "number %u.", i);
	run("log 3");
	EXPECT(!strstr(out, "number 96."));
	EXPECT(strstr(out, "number 97."));
	EXPECT(strstr(out, "number 99."));
	EXPECT(strstr(out, "log level: info\n"));
	run("log");
	EXPECT(!strstr(out, "number 79."));
	EXPECT(strstr(out, "number 80."));
	EXPECT(!strstr(run("log 0"), "number"));
	run("log debug");
	EXPECT_EQ(log_get_level(), LOG_DEBUG);
	run("log info");
	EXPECT_EQ(log_get_level(), LOG_INFO);
	EXPECT(strstr(run("log loud"), "log takes"));
}

TEST(machine_ends_on_request)
{
	setup_prompt();
	if (!setjmp(end_jmp))
		run("poweroff");
	EXPECT_STR(ended, "poweroff");
	EXPECT_EQ(action, END_ACTION_POWEROFF);
	if (!setjmp(end_jmp))
		run("reboot");
	EXPECT_STR(ended, "reboot");
	EXPECT_EQ(action, END_ACTION_REBOOT);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a run. machine_end() prints `NOEXIT END status=N reason` as the
 * last line. On an emulator (port 0xE9 echoes) and where the configuration
 * says end=poweroff it leaves: isa-debug-exit 0xF4 with 0x10 + status, then
 * "Shutdown" on 0x8900, then ACPI S5. Otherwise the CPU halts with the text
 * on the screen.
 */
#ifndef CORE_END_H
#define CORE_END_H

enum end_status {
	END_OK = 0,
	END_PANIC = 1,
	END_CONFIG = 2,		/* bad configuration */
	END_NO_VMX = 3,		/* CPUID.1:ECX.VMX is clear */
	END_VMX_LOCKED = 4,	/* IA32_FEATURE_CONTROL locked without VMX */
	END_NO_EPT = 5,
	END_NO_UNRESTRICTED = 6,
	END_NO_APICV = 7,
	END_NO_MEMORY = 8,
	END_NO_FEATURE = 9,	/* another required feature, named in the log */
	END_FIRMWARE = 10,	/* boot information or ACPI unusable */
};

enum end_action { END_ACTION_STAY, END_ACTION_POWEROFF, END_ACTION_REBOOT };

void machine_end_action(enum end_action action);
_Noreturn void machine_end(enum end_status status, const char *reason);
/* ACPI reset register, 0xCF9, keyboard controller, triple fault. */
_Noreturn void machine_reboot(void);

#endif

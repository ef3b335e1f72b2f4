/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest tests: tiny programs that boot as guests and say whether the machine
 * they see is the one they were promised. They share no code with the
 * hypervisor, so that one mistake cannot hide in both.
 *
 * Build:  make -C guest-tests BUILD=<absolute dir> CC=gcc   (or clang)
 * Output: one <name>.elf per <name>.c: ELF32, multiboot 1, linked at 1 MiB,
 *         needs 4 MiB of RAM. boot-mb2, boot-mb2-64 and boot-pvh are boot.c
 *         with the header of another protocol.
 * Run:    qemu-system-x86_64 -accel tcg -cpu max -m 64 -display none \
 *           -serial stdio -device isa-debug-exit,iobase=0xf4,iosize=4 \
 *           [-device pc-testdev] -kernel <name>.elf [-append "key=value"]
 * COM1:   "TEST name PASS|FAIL|SKIP reason" per case, then "END n", n being
 *         the number of TEST lines. Then port 0xf4 gets 0 (no FAIL) or 1.
 *         Programs that need not come back (poweroff-*, reset-*,
 *         hostile-triple, -idt, -task, -insn, -loop, -db, -ac) print
 *         "BEGIN name" first, and a last TEST line only if they do.
 * SKIP names the feature that is missing. Emulators have gaps that silicon
 * and the hypervisor do not; such a case is skipped by name on "TCG" only.
 * Options are words key=value anywhere on the command line.
 */
#ifndef GUEST_H
#define GUEST_H

#include "lib/acpi.h"
#include "lib/apic.h"
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/io.h"
#include "lib/layout.h"
#include "lib/page.h"
#include "lib/smp.h"
#include "lib/test.h"
#include "lib/time.h"
#include "lib/trap.h"
#include "lib/types.h"

#endif

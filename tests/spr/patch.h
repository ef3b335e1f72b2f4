/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replace functions of the running emulator and keep a way to call the
 * originals. The emulator is one thread and leaves functions by longjmp, so
 * the first instructions of an original move to an island of code for good.
 */
#ifndef SPR_PATCH_H
#define SPR_PATCH_H

#include <stddef.h>
#include <stdint.h>

/* The address of an exported symbol of the emulator; refuses if missing. */
void *board_symbol(const char *name);
/* Exit with a line that names the build as unknown. */
_Noreturn void board_refuse(const char *what);

/*
 * @head: whole, position-independent instructions, 5 to 16 bytes, that the
 * function must begin with. Returns a function that is the original.
 */
void *board_replace(const char *name, void *replacement,
		    const uint8_t *head, size_t head_bytes);

void mend_init(void);
void ipiv_init(void);
void ipiv_report(void);

#endif

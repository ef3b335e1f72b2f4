/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text on a linear framebuffer or in EGA text memory. Writing changes a buffer
 * of character cells only; drawing compares it with what is on the screen.
 * Not locked: one user at a time.
 */
#ifndef CORE_FBTEXT_H
#define CORE_FBTEXT_H

#include "core/boot_info.h"
#include "core/types.h"

/* @memory: fb->base_hpa mapped. -ENODEV: a format that it cannot draw. */
int fbtext_init(const struct boot_framebuffer *fb, void *memory) __must_check;
/* Bytes of @fb's memory that drawing may touch; 0: cannot draw it. */
u64 fbtext_bytes(const struct boot_framebuffer *fb);
void fbtext_write(const char *text, size_t len_bytes);
/* Draw at most @rows changed rows. True: there are more. */
bool fbtext_draw(u32 rows);

#endif

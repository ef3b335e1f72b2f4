/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noexit-check [--json] FILE...: reads noexit.conf with the hypervisor's own
 * parser and says what is wrong with it, `file:line:column: error: text`.
 * Exit status: 0 no error, 1 errors in a file, 2 a file cannot be read.
 */
#include "boot/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_OK, STATUS_ERRORS, STATUS_TROUBLE };

/* One more than the parser takes: it then says that the file is too large. */
#define READ_BYTES	((64 << 10) + 1)

struct output {
	const char *path;
	bool json;
	u32 messages;		/* of all files: JSON needs commas */
};

static void print_json_string(const char *text)
{
	putchar('"');
	for (const unsigned char *p = (const void *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p < ' ')
			printf("\\u%04x", *p);
		else
			putchar(*p);
	}
	putchar('"');
}

static void print_message(void *ctx, u32 line, u32 column, bool warning,
			  const char *message)
{
	struct output *out = ctx;
	const char *kind = warning ? "warning" : "error";

	if (!out->json) {
		printf("%s:%u:%u: %s: %s\n", out->path, line, column, kind,
		       message);
		return;
	}
	printf("%s\n  {\"file\": ", out->messages++ ? "," : "");
	print_json_string(out->path);
	printf(", \"line\": %u, \"column\": %u, \"kind\": \"%s\", "
	       "\"message\": ", line, column, kind);
	print_json_string(message);
	putchar('}');
}

static int check_file(struct output *out)
{
	static struct config config;
	static char text[READ_BYTES];
	FILE *file = fopen(out->path, "rb");
	size_t len;

	if (!file) {
		perror(out->path);
		return STATUS_TROUBLE;
	}
	len = fread(text, 1, sizeof(text), file);
	if (ferror(file)) {
		perror(out->path);
		fclose(file);
		return STATUS_TROUBLE;
	}
	fclose(file);
	config_defaults(&config);
	if (config_parse(&config, text, len, print_message, out))
		return STATUS_ERRORS;
	if (!out->json)
		printf("%s: %u VM%s, no error\n", out->path, config.vm_count,
		       config.vm_count == 1 ? "" : "s");
	return STATUS_OK;
}

static int usage(void)
{
	fputs("usage: noexit-check [--json] FILE...\n", stderr);
	return STATUS_TROUBLE;
}

int main(int argc, char **argv)
{
	struct output out = { .json = false };
	int first = 1, status = STATUS_OK;

	if (argc > 1 && strcmp(argv[1], "--json") == 0) {
		out.json = true;
		first++;
	}
	if (first >= argc || (argv[first][0] == '-' && argv[first][1]))
		return usage();
	if (out.json)
		putchar('[');
	for (int i = first; i < argc; i++) {
		int file_status;

		out.path = argv[i];
		file_status = check_file(&out);
		if (file_status > status)
			status = file_status;
	}
	if (out.json)
		puts("\n]");
	if (fflush(stdout)) {
		perror("standard output");
		return STATUS_TROUBLE;
	}
	return status;
}

// SPDX-License-Identifier: Apache-2.0
// Debian builds its static libraries for executables. Two things in them cannot become part of a shared object;
// here are their replacements.
#include <cstdio>

extern "C" {

// libelf's elf_error.o uses the local-exec thread-local model. libbpf reads the error text in log messages and
// nothing else. Symbols found here keep the linker from pulling the original.
static __thread int last_error;

void __libelf_seterrno(int value)
{
	last_error = value;
}

int elf_errno(void)
{
	int value = last_error;
	last_error = 0;
	return value;
}

const char *elf_errmsg(int)
{
	return "malformed ELF file";
}

// libbpf.a addresses `stderr` as if it were in the same object; the build renames the reference to this. Only
// libbpf's default printer uses it, and that one is replaced before anything else is called.
__attribute__((visibility("hidden"))) FILE *libbpf_stderr;
}

// SPDX-License-Identifier: Apache-2.0
// Links that run one program at entry and return of many functions of a file (Linux 6.13). Debian 12's libbpf has no
// interface for them, so the system call is made here.
#pragma once

#include <cstdint>
#include <vector>

// enum bpf_attach_type, BPF_TRACE_UPROBE_SESSION: part of the kernel's stable interface.
constexpr int kUprobeSession = 57;

// Has this kernel session links, and the function that tells entry from return as the program declares it?
bool HasSessionLinks();

// Descriptor of the link, or -1 with errno. As many cookies as offsets.
int OpenSessionLink(int program, const char *path, const std::vector<uint64_t> &offsets,
		    const std::vector<uint64_t> &cookies);

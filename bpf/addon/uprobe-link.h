// SPDX-License-Identifier: Apache-2.0
// Links that probe many places of a file at once (Linux 6.6), and those that run one program at entry and return of
// functions (6.13). Debian 12's libbpf has no interface for them, so the system call is made here.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <string>
#include <vector>

// enum bpf_attach_type, BPF_TRACE_UPROBE_MULTI and BPF_TRACE_UPROBE_SESSION: part of the kernel's stable interface.
constexpr int kUprobeMulti = 48;
constexpr int kUprobeSession = 57;

enum class LinkSupport { kSingle, kMulti, kSession };

// What this kernel has; session links only if the function that tells entry from return is as the program declares it.
LinkSupport FindLinkSupport();

// A program attached to places of a file: one link where the kernel can, else one for each place.
class UprobeLink {
public:
	// As many cookies as offsets. False with errno, and with nothing attached. The program's expected attach type
	// says how it was loaded.
	bool Attach(bpf_program *program, const std::string &path, const std::vector<uint64_t> &offsets,
		    const std::vector<uint64_t> &cookies, bool at_return);
	void Destroy();

private:
	std::vector<bpf_link *> links_;
	int fd_ = -1;
};

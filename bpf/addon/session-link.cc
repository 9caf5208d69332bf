// SPDX-License-Identifier: Apache-2.0
#include "session-link.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// The part of union bpf_attr that BPF_LINK_CREATE reads for such links (linux/bpf.h of 6.6 and later).
struct LinkCreate {
	uint32_t program;
	uint32_t target;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t reference_counters;
	uint64_t cookies;
	uint32_t count;
	uint32_t uprobe_flags;
	uint32_t pid;
	uint32_t padding;
};

uint64_t Address(const void *pointer)
{
	return reinterpret_cast<uintptr_t>(pointer);
}

}  // namespace

bool HasSessionLinks()
{
	btf *kernel = btf__load_vmlinux_btf();
	if (!kernel)
		return false;
	bool found = false;
	int id = btf__find_by_name_kind(kernel, "bpf_session_is_return", BTF_KIND_FUNC);
	if (id > 0) {
		const btf_type *function = btf__type_by_id(kernel, id);
		const btf_type *prototype = btf__type_by_id(kernel, function->type);
		found = prototype && btf_vlen(prototype) == 0;
	}
	btf__free(kernel);
	return found;
}

int OpenSessionLink(int program, const char *path, const std::vector<uint64_t> &offsets,
		    const std::vector<uint64_t> &cookies)
{
	LinkCreate request{};
	request.program = static_cast<uint32_t>(program);
	request.attach_type = kUprobeSession;
	request.path = Address(path);
	request.offsets = Address(offsets.data());
	request.cookies = Address(cookies.data());
	request.count = static_cast<uint32_t>(offsets.size());
	return static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof(request)));
}

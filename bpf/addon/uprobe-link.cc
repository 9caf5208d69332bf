// SPDX-License-Identifier: Apache-2.0
#include "uprobe-link.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

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

// BPF_F_UPROBE_MULTI_RETURN
constexpr uint32_t kAtReturn = 1;

uint64_t Address(const void *pointer)
{
	return reinterpret_cast<uintptr_t>(pointer);
}

// Descriptor of the link, or -1 with errno.
int OpenLink(int program, int attach_type, const char *path, const std::vector<uint64_t> &offsets,
	     const std::vector<uint64_t> &cookies, bool at_return)
{
	LinkCreate request{};
	request.program = static_cast<uint32_t>(program);
	request.attach_type = static_cast<uint32_t>(attach_type);
	request.path = Address(path);
	request.offsets = Address(offsets.data());
	request.cookies = cookies.empty() ? 0 : Address(cookies.data());
	request.count = static_cast<uint32_t>(offsets.size());
	request.uprobe_flags = at_return ? kAtReturn : 0;
	return static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof(request)));
}

}  // namespace

LinkSupport FindLinkSupport()
{
	btf *kernel = btf__load_vmlinux_btf();
	if (!kernel)
		return LinkSupport::kSingle;
	LinkSupport found = LinkSupport::kSingle;
	if (btf__find_by_name_kind(kernel, "bpf_uprobe_multi_link_attach", BTF_KIND_FUNC) > 0)
		found = LinkSupport::kMulti;
	int id = btf__find_by_name_kind(kernel, "bpf_session_is_return", BTF_KIND_FUNC);
	if (found == LinkSupport::kMulti && id > 0) {
		const btf_type *function = btf__type_by_id(kernel, id);
		const btf_type *prototype = btf__type_by_id(kernel, function->type);
		if (prototype && btf_vlen(prototype) == 0)
			found = LinkSupport::kSession;
	}
	btf__free(kernel);
	return found;
}

bool UprobeLink::Attach(bpf_program *program, const std::string &path, const std::vector<uint64_t> &offsets,
			const std::vector<uint64_t> &cookies, bool at_return)
{
	int type = bpf_program__get_expected_attach_type(program);
	if (type == kUprobeMulti || type == kUprobeSession) {
		fd_ = OpenLink(bpf_program__fd(program), type, path.c_str(), offsets, cookies, at_return);
		return fd_ >= 0;
	}
	for (size_t i = 0; i < offsets.size(); i++) {
		LIBBPF_OPTS(bpf_uprobe_opts, options);
		options.retprobe = at_return;
		options.bpf_cookie = cookies[i];
		bpf_link *one = bpf_program__attach_uprobe_opts(program, -1, path.c_str(), offsets[i], &options);
		if (!one) {
			int error = errno;
			Destroy();
			errno = error;
			return false;
		}
		links_.push_back(one);
	}
	return true;
}

void UprobeLink::Destroy()
{
	for (bpf_link *link : links_)
		bpf_link__destroy(link);
	links_.clear();
	if (fd_ >= 0)
		::close(fd_);
	fd_ = -1;
}

// SPDX-License-Identifier: Apache-2.0
#include "return-probe-check.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif

// What the child calls: its return is probed. The empty statement keeps compilers from folding calls.
extern "C" __attribute__((noinline, noclone)) int capture_return_probe_canary(int value)
{
	__asm__ volatile("" : "+r"(value));
	return value + 1;
}

namespace {

constexpr int kAnswerMs = 2000;
constexpr char kSurvived = 'k';

struct CodeLocation {
	std::string path;
	uint64_t file_offset = 0;
};

bool FindCode(const void *address, CodeLocation *found)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	if (!maps)
		return false;
	auto wanted = reinterpret_cast<uintptr_t>(address);
	char line[4608], path[4097];
	bool done = false;
	while (!done && fgets(line, sizeof(line), maps)) {
		uint64_t start, end, offset;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*4s %" SCNx64 " %*s %*s %4096[^\n]", &start, &end, &offset,
			   path) != 4 || wanted < start || wanted >= end)
			continue;
		found->path = path;
		found->file_offset = wanted - start + offset;
		done = true;
	}
	fclose(maps);
	return done;
}

bool ReadNumber(const char *path, const char *format, int *number)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool read = fscanf(file, format, number) == 1;
	fclose(file);
	return read;
}

// A probe on the return of the function, in one process. -1 with errno.
int OpenReturnProbe(const CodeLocation &code, pid_t pid)
{
	int type, bit;
	if (!ReadNumber("/sys/bus/event_source/devices/uprobe/type", "%d", &type) ||
	    !ReadNumber("/sys/bus/event_source/devices/uprobe/format/retprobe", "config:%d", &bit)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	perf_event_attr attributes{};
	attributes.size = sizeof(attributes);
	attributes.type = static_cast<uint32_t>(type);
	attributes.config = 1ull << bit;
	attributes.config1 = reinterpret_cast<uintptr_t>(code.path.c_str());
	attributes.config2 = code.file_offset;
	return static_cast<int>(syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

// Only system calls here: the child is a copy of one thread of a process that has many.
[[noreturn]] void RunChild(int go, int answer, uint32_t refusal)
{
	for (int signal_number : {SIGSEGV, SIGILL, SIGSYS, SIGTRAP, SIGBUS})
		signal(signal_number, SIG_DFL);
	rlimit no_core{};
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	auto allow = [](unsigned number) -> sock_filter { return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1); };
	const sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
		allow(SYS_read), pass,
		allow(SYS_write), pass,
		allow(SYS_rt_sigreturn), pass,
		allow(SYS_exit_group), pass,
		BPF_STMT(BPF_RET | BPF_K, refusal),
	};
	sock_fprog program{sizeof(filter) / sizeof(filter[0]), filter};
	char byte = 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
	    read(go, &byte, 1) == 1 && capture_return_probe_canary(41) == 42) {
		byte = kSurvived;
		(void)!write(answer, &byte, 1);
	}
	_exit(0);
}

ReturnProbeVerdict TryFilter(const CodeLocation &code, const char *name, uint32_t refusal)
{
	int go[2] = {-1, -1}, answer[2] = {-1, -1};
	auto failed = [&](const char *what) {
		std::string reason = std::strerror(errno);
		for (int fd : {go[0], go[1], answer[0], answer[1]})
			if (fd >= 0)
				close(fd);
		return ReturnProbeVerdict{false, std::string(what) + ": " + reason};
	};
	if (pipe2(go, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
		return failed("cannot make a pipe");
	pid_t child = fork();
	if (child < 0)
		return failed("cannot fork");
	if (child == 0) {
		close(go[1]);
		close(answer[0]);
		RunChild(go[0], answer[1], refusal);
	}
	close(std::exchange(answer[1], -1));
	int probe = OpenReturnProbe(code, child);
	int probe_error = errno;
	char byte = 0;
	if (probe >= 0)
		(void)!write(go[1], &byte, 1);
	close(std::exchange(go[1], -1));
	pollfd waiting{answer[0], POLLIN, 0};
	int ready;
	do
		ready = poll(&waiting, 1, kAnswerMs);
	while (ready < 0 && errno == EINTR);
	bool survived = ready > 0 && read(answer[0], &byte, 1) == 1 && byte == kSurvived;
	if (ready == 0)
		kill(child, SIGKILL);
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	uint64_t hits = 0;
	if (probe >= 0) {
		if (read(probe, &hits, sizeof(hits)) != sizeof(hits))
			hits = 0;
		close(probe);
	}
	close(go[0]);
	close(answer[0]);
	if (probe < 0)
		return {false, std::string("cannot place a return probe: ") + std::strerror(probe_error)};
	std::string filter = std::string("under a seccomp filter that answers with ") + name;
	if (WIFSIGNALED(status))
		return {false, "a probed process " + filter + " was ended by signal " + std::to_string(WTERMSIG(status))};
	if (!survived)
		return {false, "a probed function " + filter + " did not return"};
	if (hits == 0)
		return {false, "a return probe " + filter + " did not fire"};
	return {true, ""};
}

}  // namespace

ReturnProbeVerdict CheckReturnProbes()
{
	CodeLocation code;
	if (!FindCode(reinterpret_cast<const void *>(&capture_return_probe_canary), &code))
		return {false, "cannot find the file of this library in /proc/self/maps"};
	for (auto [name, refusal] : {std::pair{"EPERM", SECCOMP_RET_ERRNO | EPERM},
				     std::pair{"KILL", static_cast<unsigned>(SECCOMP_RET_KILL_PROCESS)}}) {
		ReturnProbeVerdict verdict = TryFilter(code, name, static_cast<uint32_t>(refusal));
		if (!verdict.safe)
			return verdict;
	}
	return {true, "return probes work under seccomp filters (EPERM, KILL)"};
}

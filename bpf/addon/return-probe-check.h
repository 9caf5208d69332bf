// SPDX-License-Identifier: Apache-2.0
// Do return probes harm processes under a seccomp filter on this kernel? Found by trying it, not by version: on x86-64,
// Linux 6.11 and later return through a system call of their own (uretprobe), which container filters refuse or
// kill for until the kernel lets it pass them.
#pragma once

#include <string>

struct ReturnProbeVerdict {
	bool safe;
	// What happened, for logs.
	std::string detail;
};

// Forks a child per kind of filter (refuse with EPERM, kill), probes the return of a function of this library in the
// child, and lets the child call it. Takes milliseconds; kills a child that does not answer within two seconds.
ReturnProbeVerdict CheckReturnProbes();

// SPDX-License-Identifier: Apache-2.0
#include "batcher.h"

#include <bpf/libbpf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>

#include "record.h"

namespace {

// One JavaScript call per batch costs about 1 us; at this size that is below 1 ns per record.
constexpr size_t kBatchBytes = 256 * 1024;
// Batches waiting for JavaScript, at most: with kBatchBytes this bounds the addon's memory to about 2 MiB.
constexpr size_t kQueuedBatches = 8;
constexpr int kBusyPollMs = 2;
constexpr int kIdlePollMs = 10;

}  // namespace

Batcher::Batcher(Napi::Env env, ring_buffer *rings, Napi::Function on_batch)
	: rings_(rings),
	  stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
	  deliver_(Napi::ThreadSafeFunction::New(env, on_batch, "capture batches", kQueuedBatches, 1))
{
	epoll_event event{};
	event.events = EPOLLIN;
	epoll_ctl(ring_buffer__epoll_fd(rings_), EPOLL_CTL_ADD, stop_event_, &event);
	thread_ = std::thread([this] { Run(); });
}

Batcher::~Batcher()
{
	Stop();
	close(stop_event_);
	ring_buffer__free(rings_);
}

void Batcher::Stop()
{
	if (stopping_.exchange(true))
		return;
	uint64_t one = 1;
	(void)!write(stop_event_, &one, sizeof(one));
	// Wakes the thread if it waits for room in the queue.
	deliver_.Abort();
	thread_.join();
}

int Batcher::Append(const void *data, size_t size)
{
	auto *header = static_cast<const record_header *>(data);
	if (size < sizeof(*header) || header->length > size - sizeof(*header)) {
		malformed_.fetch_add(1, std::memory_order_relaxed);
		return 0;
	}
	size_t length = sizeof(*header) + header->length;
	size_t padded = (length + 7) & ~size_t{7};
	if (batch_.size() + padded > kBatchBytes)
		Flush();
	size_t offset = batch_.size();
	batch_.resize(offset + padded);
	std::memcpy(batch_.data() + offset, data, length);
	return stopping_.load(std::memory_order_relaxed) ? -1 : 0;
}

void Batcher::Flush()
{
	if (batch_.empty())
		return;
	auto batch = std::make_unique<Batch>(std::move(batch_));
	batch_ = Batch();
	batch_.reserve(kBatchBytes);
	auto call = [](Napi::Env env, Napi::Function on_batch, Batch *raw) {
		std::unique_ptr<Batch> owned(raw);
		if (env != nullptr)
			on_batch.Call({Napi::Buffer<uint8_t>::Copy(env, owned->data(), owned->size())});
	};
	auto start = std::chrono::steady_clock::now();
	napi_status status = deliver_.BlockingCall(batch.get(), call);
	auto waited = std::chrono::steady_clock::now() - start;
	stalled_ns_.fetch_add(std::chrono::duration_cast<std::chrono::nanoseconds>(waited).count(),
			      std::memory_order_relaxed);
	if (status == napi_ok) {
		batch.release();
		batches_.fetch_add(1, std::memory_order_relaxed);
	}
}

void Batcher::Run()
{
	int epoll = ring_buffer__epoll_fd(rings_);
	epoll_event events[1];
	while (!stopping_.load(std::memory_order_relaxed)) {
		int records = ring_buffer__consume(rings_);
		Flush();
		// Records are written without waking anyone, so this is a sleep that a full ring or Stop() cuts short.
		epoll_wait(epoll, events, 1, records > 0 ? kBusyPollMs : kIdlePollMs);
	}
}

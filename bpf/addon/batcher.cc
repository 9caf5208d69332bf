// SPDX-License-Identifier: Apache-2.0
#include "batcher.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "record.h"

namespace {

// One JavaScript call per batch costs about 1 us; at this size that is below 1 ns per record.
constexpr size_t kBatchBytes = 256 * 1024;
// Batches that JavaScript gets in one turn of its event loop, some milliseconds each: signals, timers and requests have their turn
// behind them. Node.js itself hands out a thousand. With kBatchBytes this bounds the addon's memory to about 2 MiB.
constexpr size_t kBatchesPerTurn = 8;
constexpr int kBusyPollMs = 2;
constexpr int kIdlePollMs = 10;

}  // namespace

// How many batches the turn may still have. Shared with functions that JavaScript calls, maybe when the batcher is gone.
class Turn {
public:
	// Blocks until there is room for a batch; false: it stops.
	bool Take()
	{
		std::unique_lock lock(mutex_);
		changed_.wait(lock, [this] { return left_ > 0 || stopping_; });
		if (stopping_)
			return false;
		left_--;
		return true;
	}

	void Stop()
	{
		std::lock_guard lock(mutex_);
		stopping_ = true;
		changed_.notify_all();
	}

	// On the JavaScript thread, with each batch: the next turn begins when the event loop has gone round.
	static void Begin(Napi::Env env, const std::shared_ptr<Turn> &turn)
	{
		if (turn->begun_)
			return;
		turn->begun_ = true;
		auto end = Napi::Function::New(env, [turn](const Napi::CallbackInfo &) { turn->End(); });
		env.Global().Get("setImmediate").As<Napi::Function>().Call({end});
	}

private:
	void End()
	{
		begun_ = false;
		std::lock_guard lock(mutex_);
		left_ = kBatchesPerTurn;
		changed_.notify_all();
	}

	std::mutex mutex_;
	std::condition_variable changed_;
	size_t left_ = kBatchesPerTurn;
	bool stopping_ = false;
	// Of the JavaScript thread alone.
	bool begun_ = false;
};

Batcher::Batcher(Napi::Env env, std::unique_ptr<RingReader> rings, Napi::Function on_batch)
	: rings_(std::move(rings)),
	  stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
	  deliver_(Napi::ThreadSafeFunction::New(env, on_batch, "capture batches", kBatchesPerTurn, 1)),
	  turn_(std::make_shared<Turn>())
{
	epoll_event event{};
	event.events = EPOLLIN;
	epoll_ctl(rings_->EpollFd(), EPOLL_CTL_ADD, stop_event_, &event);
	thread_ = std::thread([this] { Run(); });
}

Batcher::~Batcher()
{
	Stop();
	close(stop_event_);
}

void Batcher::Stop()
{
	if (stopping_.exchange(true))
		return;
	uint64_t one = 1;
	(void)!write(stop_event_, &one, sizeof(one));
	// Both wake the thread if it waits for JavaScript.
	turn_->Stop();
	deliver_.Abort();
	thread_.join();
}

void Batcher::Append(const void *data, size_t size)
{
	auto *header = static_cast<const record_header *>(data);
	if (size < sizeof(*header) || header->length > size - sizeof(*header)) {
		malformed_.fetch_add(1, std::memory_order_relaxed);
		return;
	}
	size_t length = sizeof(*header) + header->length;
	size_t padded = (length + 7) & ~size_t{7};
	if (batch_.size() + padded > kBatchBytes)
		Flush();
	size_t offset = batch_.size();
	batch_.resize(offset + padded);
	std::memcpy(batch_.data() + offset, data, length);
}

void Batcher::Flush()
{
	if (batch_.empty())
		return;
	auto batch = std::make_unique<Batch>(std::move(batch_));
	batch_ = Batch();
	batch_.reserve(kBatchBytes);
	auto call = [turn = turn_](Napi::Env env, Napi::Function on_batch, Batch *raw) {
		std::unique_ptr<Batch> owned(raw);
		if (env == nullptr)
			return;
		Turn::Begin(env, turn);
		on_batch.Call({Napi::Buffer<uint8_t>::Copy(env, owned->data(), owned->size())});
	};
	auto start = std::chrono::steady_clock::now();
	napi_status status = turn_->Take() ? deliver_.BlockingCall(batch.get(), call) : napi_closing;
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
	int epoll = rings_->EpollFd();
	epoll_event events[1];
	const RingReader::OnRecord append = [this](const void *data, size_t size) { Append(data, size); };
	while (!stopping_.load(std::memory_order_relaxed)) {
		const size_t records = rings_->Read(append, stopping_);
		Flush();
		// Records are written without waking anyone, so this is a sleep that a full ring or Stop() cuts short.
		epoll_wait(epoll, events, 1, records > 0 ? kBusyPollMs : kIdlePollMs);
	}
}

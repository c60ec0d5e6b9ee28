// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/name_resolver.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace troupe::process {

namespace {

constexpr std::size_t addresses_max = 64;

error why_not(const std::string& host, int code) {
  const auto kind = code == EAI_AGAIN                          ? errc::timeout
                    : code == EAI_NONAME || code == EAI_NODATA ? errc::not_found
                                                               : errc::io_failed;
  return {.code = kind,
          .text = "host '" + host + "' has no address: " + ::gai_strerror(code)
                  + "; check the name, or give an address",
          .retryable = true};
}

} // namespace

result<std::vector<std::string>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const auto failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); failed != 0) {
    return why_not(host, failed);
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(list, ::freeaddrinfo);
  std::vector<std::string> out;
  for (const auto* one = list; one != nullptr && out.size() < addresses_max; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST)
            == 0
        && std::ranges::find(out, text.data()) == out.end()) {
      out.emplace_back(text.data());
    }
  }
  return out;
}

struct name_resolver::state {
  explicit state(lookup which) : how(std::move(which)) {}

  const lookup how;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> waiting;
  sink to;
  bool is_closed = false;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return is_closed || !waiting.empty(); });
      if (is_closed) {
        return;
      }
      const auto host = waiting.front();
      lock.unlock();
      const auto found = how(host);
      lock.lock();
      if (is_closed) {
        return;
      }
      waiting.pop_front();
      // Under the lock, so that none is under way when the resolver ends.
      to(host, found);
    }
  }
};

name_resolver::name_resolver(lookup how) : state_(std::make_shared<state>(std::move(how))) {
}

name_resolver::~name_resolver() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_closed = true;
  }
  state_->changed.notify_all();
}

void name_resolver::listen(sink to) {
  state_->to = std::move(to);
  std::thread([kept = state_] { kept->run(); }).detach();
}

bool name_resolver::ask(const std::string& host) {
  {
    const std::lock_guard lock(state_->mutex);
    if (std::ranges::find(state_->waiting, host) != state_->waiting.end()) {
      return true;
    }
    if (state_->waiting.size() >= names_max) {
      return false;
    }
    state_->waiting.push_back(host);
  }
  state_->changed.notify_all();
  return true;
}

} // namespace troupe::process

// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/connection.hpp"

#include "runtime/base/check.hpp"
#include "runtime/process/name_resolver.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace troupe::redis {

namespace {

using context_ptr = std::unique_ptr<redisContext, void (*)(redisContext*)>;
using reply_ptr = std::unique_ptr<void, void (*)(void*)>;

error gone(const std::string& why) {
  return {.code = errc::peer_gone,
          .text = "the Redis server cannot be reached: " + why + "; does it run there?",
          .retryable = true};
}

error late(const char* doing) {
  return {.code = errc::timeout,
          .text = std::string("the Redis server took too long for ") + doing
                  + "; it hangs, is overloaded, or is cut off",
          .retryable = true};
}

std::string written(const command& what) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const auto& word : what) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* raw = nullptr;
  const auto size =
      redisFormatCommandArgv(&raw, static_cast<int>(words.size()), words.data(), sizes.data());
  TROUPE_CHECK(size >= 0);
  const std::unique_ptr<char, void (*)(char*)> owned(raw, redisFreeCommand);
  return {raw, static_cast<std::size_t>(size)};
}

reply read(const redisReply& from) {
  reply out;
  switch (from.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      out.what = reply::kind::text;
      out.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ERROR:
      out.what = reply::kind::failure;
      out.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_INTEGER:
      out.what = reply::kind::integer;
      out.integer = from.integer;
      break;
    case REDIS_REPLY_ARRAY:
      out.what = reply::kind::list;
      for (std::size_t i = 0; i < from.elements; ++i) {
        out.items.push_back(read(*from.element[i])); // hiredis bounds the depth.
      }
      break;
    default:
      break;
  }
  return out;
}

} // namespace

struct connection::state {
  state(const reply_bounds& bounds, const clock& t) : guard(bounds), time(t) {}

  /// Errors: timeout.
  result<void> wait(short events, time_point deadline, const char* doing) {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - time.now()).count();
      if (left <= 0) {
        return late(doing);
      }
      pollfd item{.fd = context->fd, .events = events, .revents = 0};
      const auto ready = ::poll(&item, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
      if (ready > 0) {
        return {};
      }
      if (ready < 0 && errno != EINTR) {
        return gone(std::strerror(errno));
      }
    }
  }

  result<void> connect(const std::string& host, std::uint16_t port, time_point deadline) {
    context.reset(redisConnectNonBlock(host.c_str(), port));
    if (context == nullptr || context->err != 0) {
      return gone(context == nullptr ? "no memory" : context->errstr);
    }
    if (auto ready = wait(POLLOUT, deadline, "connecting"); !ready) {
      return ready;
    }
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) {
      return gone(std::strerror(failed));
    }
    return {};
  }

  // Not by the library, which would let a closed connection end the process by a signal.
  result<void> write() {
    const auto sent = ::send(context->fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return errno == EAGAIN || errno == EINTR ? result<void>{} : gone(std::strerror(errno));
    }
    unsent.erase(0, static_cast<std::size_t>(sent));
    return {};
  }

  result<void> read_some() {
    std::array<char, 16'384> part{};
    const auto got = ::read(context->fd, part.data(), part.size());
    if (got == 0) {
      return gone("it closed the connection");
    }
    if (got < 0) {
      return errno == EAGAIN || errno == EINTR ? result<void>{} : gone(std::strerror(errno));
    }
    const auto size = static_cast<std::size_t>(got);
    if (!guard.feed({part.data(), size})
        || redisReaderFeed(context->reader, part.data(), size) != REDIS_OK) {
      return error{.code = errc::malformed,
                   .text = "what answers there is no Redis server, or answers too much"};
    }
    return {};
  }

  result<void> take_replies(std::vector<reply>& into, std::size_t wanted) {
    for (;;) {
      void* raw = nullptr;
      if (redisReaderGetReply(context->reader, &raw) != REDIS_OK) {
        return error{.code = errc::malformed, .text = "what answers there is no Redis server"};
      }
      if (raw == nullptr) {
        return {};
      }
      const reply_ptr owned(raw, freeReplyObject);
      if (into.size() == wanted) {
        return error{.code = errc::malformed, .text = "the Redis server answered unasked"};
      }
      into.push_back(read(*static_cast<const redisReply*>(raw)));
    }
  }

  context_ptr context{nullptr, redisFree};
  reply_guard guard;
  const clock& time;
  std::string unsent;
};

connection::connection(std::unique_ptr<state> made) : state_(std::move(made)) {
}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

result<connection> connection::open(const address& to, const reply_bounds& bounds,
                                    const clock& time, duration timeout) {
  auto hosts = to.where.is_address()
                   ? result<std::vector<std::string>>(std::vector<std::string>{to.where.host})
                   : process::look_up(to.where.host);
  if (!hosts) {
    return hosts.err();
  }
  error why = gone("its name has no address");
  for (const auto& host : *hosts) {
    const auto deadline = time.now() + timeout;
    auto made = std::make_unique<state>(bounds, time);
    if (auto up = made->connect(host, to.where.port, deadline); !up) {
      why = up.err();
      continue;
    }
    connection out(std::move(made));
    std::vector<command> greeting;
    if (!to.password.empty()) {
      greeting.push_back(to.user.empty() ? command{"AUTH", to.password}
                                         : command{"AUTH", to.user, to.password});
    }
    greeting.push_back({"SELECT", std::to_string(to.database)});
    const auto answers = out.run(greeting, deadline);
    if (!answers) {
      why = answers.err();
      continue;
    }
    const auto refused = std::ranges::find(*answers, reply::kind::failure, &reply::what);
    if (refused != answers->end()) {
      return error{.code = errc::invalid_value,
                   .text = "the Redis server refuses us: " + refused->text.substr(0, 300)
                           + "; check user, password and database of its address"};
    }
    return out;
  }
  return why;
}

result<std::vector<reply>> connection::run(const std::vector<command>& commands,
                                           time_point deadline) {
  state_->guard.begin();
  for (const auto& one : commands) {
    state_->unsent += written(one);
  }
  std::vector<reply> out;
  while (out.size() < commands.size()) {
    if (!state_->unsent.empty()) {
      if (auto sent = state_->write(); !sent) {
        return sent.err();
      }
    }
    const auto events = static_cast<short>(POLLIN | (state_->unsent.empty() ? 0 : POLLOUT));
    if (auto ready = state_->wait(events, deadline, "answering"); !ready) {
      return ready.err();
    }
    if (auto got = state_->read_some(); !got) {
      return got.err();
    }
    if (auto taken = state_->take_replies(out, commands.size()); !taken) {
      return taken.err();
    }
  }
  return out;
}

} // namespace troupe::redis

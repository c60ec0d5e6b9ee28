// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/run_program.hpp"

#include "runtime/process/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::process {

namespace {

struct channel {
  descriptor ours;
  descriptor theirs;
};

// A pair of sockets: writing to one whose reader is gone need not raise SIGPIPE.
result<channel> open_channel() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return error{errc::io_failed, std::string("no socket pair: ") + std::strerror(errno), {}};
  }
  channel out{descriptor(ends[0]), descriptor(ends[1])};
  ::fcntl(out.ours.get(), F_SETFL, O_NONBLOCK);
  return out;
}

/// Told on the thread of the children; outlives who waits for it.
struct ending {
  descriptor event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;
  std::optional<child_exit> how;

  void tell(child_exit seen) {
    const auto lock = std::lock_guard{mutex};
    how = seen;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto sent = ::write(event.get(), &one, sizeof one);
  }

  std::optional<child_exit> look() {
    const auto lock = std::lock_guard{mutex};
    return how;
  }
};

bool is_for_later(ssize_t count) {
  return count < 0 && (errno == EAGAIN || errno == EINTR);
}

void feed(descriptor& to, std::string_view& rest) {
  if (!rest.empty()) {
    const auto count = ::send(to.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (!is_for_later(count)) {
      rest.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : rest.size());
    }
  }
  if (rest.empty()) {
    to.reset();
  }
}

template <class Keep>
void drain(descriptor& from, Keep keep) {
  std::array<char, 16384> buffer{};
  while (from) {
    const auto count = ::read(from.get(), buffer.data(), buffer.size());
    if (count > 0) {
      keep(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    } else if (is_for_later(count)) {
      return;
    } else {
      from.reset();
    }
  }
}

} // namespace

result<program_end> run_program(child_processes& children, const program_options& what) {
  auto input = open_channel();
  auto output = open_channel();
  auto errors = open_channel();
  for (const auto* one : {&input, &output, &errors}) {
    if (!*one) {
      return one->err();
    }
  }
  const auto ended = std::make_shared<ending>();
  const auto child = children.spawn({.argv = what.argv,
                                     .environment = what.environment,
                                     .directory = {},
                                     .output = {},
                                     .input = input->theirs.get(),
                                     .out = output->theirs.get(),
                                     .errors = errors->theirs.get()},
                                    [ended](child_exit how) { ended->tell(how); });
  if (!child) {
    return child.err();
  }
  for (auto* one : {&*input, &*output, &*errors}) {
    one->theirs.reset();
  }

  program_end out;
  std::string_view rest = what.input;
  const auto keep_head = [&](std::string_view text) {
    out.out += text.substr(0, what.output_bytes_max - out.out.size());
  };
  const auto keep_tail = [&](std::string_view text) {
    out.errors += text;
    if (out.errors.size() > what.output_bytes_max) {
      out.errors.erase(0, out.errors.size() - what.output_bytes_max);
    }
  };
  const auto until = machine_clock().now() + what.timeout;
  auto how = ended->look();
  while (!how) {
    const auto left = until - machine_clock().now();
    if (left <= duration::zero() && !out.timed_out) {
      out.timed_out = true;
      (void)children.signal(*child, SIGKILL);
    }
    std::array<pollfd, 4> waits{{{ended->event.get(), POLLIN, 0},
                                 {input->ours.get(), POLLOUT, 0},
                                 {output->ours.get(), POLLIN, 0},
                                 {errors->ours.get(), POLLIN, 0}}};
    const auto wait_ms = out.timed_out ? 1000 : std::max<std::int64_t>(left / 1ms, 0) + 1;
    ::poll(waits.data(), waits.size(), static_cast<int>(std::min<std::int64_t>(wait_ms, 60'000)));
    if (input->ours && waits[1].revents != 0) {
      feed(input->ours, rest);
    }
    drain(output->ours, keep_head);
    drain(errors->ours, keep_tail);
    how = ended->look();
  }
  drain(output->ours, keep_head);
  drain(errors->ours, keep_tail);
  out.code = how->code;
  out.signal = how->signal;
  return out;
}

result<std::string> find_program(const std::string& name,
                                 const std::map<std::string, std::string>& environment) {
  const auto found = environment.find("PATH");
  std::string_view places =
      found == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : std::string_view(found->second);
  if (name.find('/') != std::string::npos) {
    places = {};
    if (::access(name.c_str(), X_OK) == 0) {
      return name;
    }
  }
  while (!places.empty()) {
    const auto end = std::min(places.find(':'), places.size());
    const auto path = std::string(places.substr(0, end)) + "/" + name;
    if (end > 0 && ::access(path.c_str(), X_OK) == 0) {
      return path;
    }
    places.remove_prefix(std::min(end + 1, places.size()));
  }
  return error{.code = errc::not_found, .text = "there is no program '" + name + "' here"};
}

} // namespace troupe::process

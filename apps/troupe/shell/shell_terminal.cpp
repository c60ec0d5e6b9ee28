// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/shell_terminal.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace troupe::shell {

namespace {

constexpr std::size_t events_max = 1024;
constexpr std::size_t notices_max = 64;
constexpr std::size_t traced_max = 1024;

template <class T>
void keep(std::deque<T>& in, T what, std::size_t most) {
  if (in.size() == most) {
    in.pop_front();
  }
  in.push_back(std::move(what));
}

template <class T>
std::vector<T> take_all(std::deque<T>& from) {
  std::vector<T> all(std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
  return all;
}

} // namespace

shell_terminal::shell_terminal(const process::signal_set& ends)
    : ends_(ends), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
}

void shell_terminal::ring() const {
  const std::uint64_t one = 1;
  (void)!::write(bell_.get(), &one, sizeof one);
}

void shell_terminal::see(std::shared_ptr<const console_view> now) {
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(now);
  }
  ring();
}

void shell_terminal::happened(const console_event& what) {
  {
    const std::lock_guard lock(mutex_);
    keep(events_, what, events_max);
    keep(notices_, what, notices_max);
  }
  ring();
}

void shell_terminal::traced(const actor_ref& admin, const trace_events& what) {
  {
    const std::lock_guard lock(mutex_);
    keep(traced_, {admin, what}, traced_max);
  }
  ring();
}

std::shared_ptr<const console_view> shell_terminal::view() {
  const std::lock_guard lock(mutex_);
  return view_;
}

bool shell_terminal::take_signal() {
  bool any = false;
  while (const auto number = ends_.wait(duration{0})) {
    any = true;
    ended_ = ended_ || *number == SIGTERM;
  }
  return any;
}

template <class Ready>
bool shell_terminal::wait(duration timeout, Ready ready) {
  const auto until = now() + timeout;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (ready()) {
        return true;
      }
    }
    const auto left = (until - now()) / 1ms;
    if (left <= 0 || interrupted_) {
      return false;
    }
    std::array<pollfd, 2> all{{{bell_.get(), POLLIN, 0}, {ends_.fd(), POLLIN, 0}}};
    (void)::poll(all.data(), all.size(), static_cast<int>(std::min<std::int64_t>(left, 10'000)));
    std::uint64_t rung = 0;
    (void)!::read(bell_.get(), &rung, sizeof rung);
    interrupted_ = take_signal() || interrupted_;
  }
}

std::vector<console_answer> shell_terminal::ask(std::vector<console_question> what,
                                                duration timeout) {
  // Shared with the actor, which may answer after Ctrl-C ended the waiting.
  const auto got = std::make_shared<std::optional<std::vector<console_answer>>>();
  const auto count = what.size();
  console_->post([what = std::move(what), timeout, got, this](console_core& core, context& cx) {
    core.ask(
        what, timeout,
        [got, this](std::vector<console_answer> all) {
          {
            const std::lock_guard lock(mutex_);
            *got = std::move(all);
          }
          ring();
        },
        cx);
  });
  if (wait(timeout + 1s, [&] { return got->has_value(); })) {
    const std::lock_guard lock(mutex_);
    return std::move(**got);
  }
  return std::vector<console_answer>(
      count, {.body = {}, .why = {.code = errc::cancelled, .text = "interrupted"}, .took = {}});
}

void shell_terminal::tell(console_question what) {
  console_->post(
      [what = std::move(what)](console_core& core, context& cx) { core.tell(what, cx); });
}

std::vector<std::pair<actor_ref, trace_events>> shell_terminal::next_traced(duration timeout) {
  (void)wait(timeout, [&] { return !traced_.empty(); });
  const std::lock_guard lock(mutex_);
  return take_all(traced_);
}

std::vector<console_event> shell_terminal::next_events(duration timeout) {
  (void)wait(timeout, [&] { return !events_.empty(); });
  const std::lock_guard lock(mutex_);
  return take_all(events_);
}

bool shell_terminal::pause(duration time) {
  return !wait(time, [] { return false; }) && !interrupted_;
}

bool shell_terminal::wait_until_linked(duration timeout) {
  const auto is_linked = [&](bool all) {
    std::size_t with_services = 0;
    std::size_t linked = 0;
    for (const auto& [ref, node] : view_->nodes) {
      const auto& services = node.who.services;
      const bool is_agent = std::ranges::any_of(
          services, [](const service& one) { return one.role == service_role::node; });
      const bool has_told = !is_agent || view_->plans.contains(node.who.name);
      with_services += services.empty() ? 0 : 1;
      linked += node.admin && !services.empty() && has_told ? 1 : 0;
    }
    return linked > 0 && (!all || linked == with_services);
  };
  if (!wait(timeout, [&] { return is_linked(false); })) {
    return false;
  }
  (void)wait(2s, [&] { return is_linked(true); });
  return true;
}

std::vector<std::string> shell_terminal::take_notices() {
  std::uint64_t rung = 0;
  (void)!::read(bell_.get(), &rung, sizeof rung);
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& one : take_all(notices_)) {
    lines.push_back("* " + one.what + " " + one.subject
                    + (one.detail.empty() ? "" : ": " + one.detail));
  }
  return lines;
}

std::optional<std::string> shell_terminal::read_line() {
  std::string line;
  while (true) {
    std::array<pollfd, 2> all{{{STDIN_FILENO, POLLIN, 0}, {ends_.fd(), POLLIN, 0}}};
    (void)::poll(all.data(), all.size(), -1);
    if (all[1].revents != 0 && take_signal()) {
      return std::nullopt;
    }
    char byte = 0;
    if (all[0].revents != 0 && ::read(STDIN_FILENO, &byte, 1) != 1) {
      return std::nullopt;
    }
    if (all[0].revents != 0 && byte == '\n') {
      return line;
    }
    if (all[0].revents != 0 && line.size() < 1024) {
      line += byte;
    }
  }
}

} // namespace troupe::shell

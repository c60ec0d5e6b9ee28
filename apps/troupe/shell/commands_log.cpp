// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "messages/node_log.hpp"

#include <algorithm>
#include <array>
#include <utility>

/// The logs of processes: what they hold, and how much is written.
namespace troupe::shell {

namespace {

constexpr std::array<std::string_view, 4> level_names{"trace", "debug", "info", "warn"};
constexpr std::string_view as_configured = "default";
constexpr double level_s_max = limits::log_level_ms_max / 1000.0;
constexpr duration look_again = 500ms;

/// Whose log: a process, or one actor of it.
struct log_owner {
  std::string name; ///< As it was found.
  std::string node;
  actor_ref admin;
  std::uint64_t actor = 0; ///< 0: the process.
};

result<log_owner> find_owner(const console_view& view, const std::string& name) {
  auto node = find_node(view, name);
  std::uint64_t actor = 0;
  auto shown = name;
  if (!node) {
    const auto whom = find_actor(view, name);
    if (!whom) {
      return whom.err();
    }
    node = view.nodes.at(whom->node);
    actor = whom->actor.actor;
    shown = whom->name;
  }
  if (!node->admin) {
    return error{.code = errc::peer_gone, .text = "no link to the admin of " + node->who.name};
  }
  return log_owner{shown, node->who.name, *node->admin, actor};
}

std::vector<log_owner> everybody(const console_view& view) {
  std::vector<log_owner> all;
  for (const auto& [ref, node] : view.nodes) {
    if (node.admin && ref != view.self) {
      all.push_back({node.who.name, node.who.name, *node.admin});
    }
  }
  return all;
}

struct told_line {
  const log_owner* whose = nullptr;
  log_line line;
};

class log_reader {
public:
  log_reader(command_call& call, std::vector<log_owner> whose, std::uint32_t lines_max)
      : call_(call), whose_(std::move(whose)), last_(whose_.size(), 0), lines_max_(lines_max) {}

  /// Shows what is new, in the order of time as far as the clocks agree.
  void show() {
    std::vector<console_question> questions;
    for (std::size_t i = 0; i < whose_.size(); ++i) {
      questions.push_back({whose_[i].admin, message::of(log_query{.after = last_[i],
                                                                  .lines_max = lines_max_,
                                                                  .actor = whose_[i].actor})});
    }
    const auto answers = call_.cluster.ask(std::move(questions), answer_time);
    std::vector<told_line> fresh;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (const auto* report = answers[i].body.as<log_report>()) {
        take(i, *report, fresh);
      } else if (!is_following_) {
        note(whose_[i].node, answers[i].why.text);
      }
    }
    std::ranges::stable_sort(fresh, {}, [](const told_line& one) { return one.line.text; });
    for (const auto& one : fresh) {
      call_.emit(json::object_of({{"node", one.whose->node},
                                  {"no", static_cast<std::int64_t>(one.line.no)},
                                  {"line", one.line.text}}),
                 one.whose->node + "  " + one.line.text);
    }
    is_following_ = true;
    lines_max_ = 0; // From now on all that come.
  }

private:
  void take(std::size_t i, const log_report& report, std::vector<told_line>& fresh) {
    if (is_following_ && report.missed > 0 && report.last >= last_[i]) {
      note(whose_[i].node, std::to_string(report.missed) + " lines were too many to keep");
    }
    for (const auto& line : report.lines) {
      fresh.push_back({&whose_[i], line});
    }
    last_[i] = report.last;
  }

  void note(const std::string& node, const std::string& text) {
    call_.emit(json::object_of({{"node", node}, {"note", text}}), node + "  -- " + text);
  }

  command_call& call_;
  std::vector<log_owner> whose_;
  std::vector<std::uint64_t> last_;
  std::uint32_t lines_max_;
  bool is_following_ = false;
};

} // namespace

result<sheet> run_log(command_call& call) {
  const auto lines = number_of(call.given, "-n", 20, 1, limits::log_lines_max);
  const auto length = number_of(call.given, "--for", 0, 0.01, 86'400);
  if (!lines || !length) {
    return lines ? length.err() : lines.err();
  }
  const auto view = call.cluster.view();
  std::vector<log_owner> whose;
  if (call.given.operands.empty()) {
    whose = everybody(*view);
  } else {
    auto owner = find_owner(*view, call.given.at(0));
    if (!owner) {
      return owner.err();
    }
    whose.push_back(*std::move(owner));
  }
  log_reader reader(call, std::move(whose), static_cast<std::uint32_t>(*lines));
  reader.show();
  const auto until =
      *length > 0
          ? call.cluster.now()
                + std::chrono::duration_cast<duration>(std::chrono::duration<double>(*length))
          : time_point::max();
  const bool follows = call.given.has("-f") || *length > 0;
  while (follows && call.cluster.now() < until && call.cluster.pause(look_again)) {
    reader.show();
  }
  return sheet{};
}

result<sheet> run_log_level(command_call& call) {
  const auto word = call.given.at(1);
  const auto* level = std::ranges::find(level_names, word);
  const bool ends = word == as_configured;
  if (level == level_names.end() && !ends) {
    return error{.code = errc::invalid_value,
                 .text = "'" + word.substr(0, 80)
                         + "' is no level; there are trace, debug, info, warn, and default",
                 .field = "LEVEL"};
  }
  const auto time_s = number_of(call.given, "--for", 300, 0.001, level_s_max);
  if (!time_s) {
    return time_s.err();
  }
  const auto view = call.cluster.view();
  const auto owner = find_owner(*view, call.given.at(0));
  if (!owner) {
    return owner.err();
  }
  const auto plan = ends ? "let " + owner->name + " write its log as configured"
                         : "let " + owner->name + " log " + word + " and graver for "
                               + cell_text(*time_s) + " s, then as configured";
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  const log_level order{.actor = owner->actor,
                        .least = ends ? log_detail::info
                                      : static_cast<log_detail>(level - level_names.begin()),
                        .for_ms = ends ? 0 : static_cast<std::uint32_t>(*time_s * 1000),
                        .who = call.who};
  if (auto done = ask_one<log_level_set>(call.cluster, owner->admin, order); !done) {
    return done.err();
  }
  sheet out{.facts = {{"whose", owner->name}, {"level", word}, {"for_ms", order.for_ms}}};
  out.before = {"done: " + plan};
  return out;
}

} // namespace troupe::shell

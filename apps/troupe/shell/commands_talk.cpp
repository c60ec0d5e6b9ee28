// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/message_text.hpp"
#include "apps/troupe/shell/names.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>

/// Commands that talk to actors.
namespace troupe::shell {

namespace {

duration seconds_of(double seconds) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
}

json::value milliseconds(duration took) {
  return std::chrono::duration<double, std::milli>(took).count();
}

/// Written to the log of the actor's node before anything is done. Errors: then it is not done.
result<void> note(const command_call& call, const named_actor& whom, const std::string& what,
                  const std::string& outcome) {
  const auto node = call.cluster.view()->nodes.find(whom.node);
  if (node == call.cluster.view()->nodes.end() || !node->second.admin) {
    return error{.code = errc::peer_gone,
                 .text = "no link to the admin of " + whom.node_name
                         + ", whose log must say who did this"};
  }
  const auto noted = ask_one<operator_noted>(
      call.cluster, *node->second.admin,
      operator_note{.who = call.who,
                    .what = what.substr(0, limits::operator_line_bytes_max),
                    .outcome = outcome.substr(0, limits::operator_line_bytes_max)});
  return noted ? result<void>{} : result<void>{noted.err()};
}

sheet answer_sheet(const console_answer& got) {
  const auto body = message_json(got.body);
  sheet out{.facts = {{"took_ms", milliseconds(got.took)}, {"answer", body}}};
  out.before = {json::write(body, {.item_separator = ",", .name_separator = ": ", .indent = 2})};
  return out;
}

} // namespace

result<sheet> run_describe(command_call& call) {
  if (call.given.operands.empty()) {
    sheet out{.name = "messages", .columns = {"type", "message", "class", "fields"}};
    for (const auto& one : message_forms()) {
      std::string names;
      for (const auto& field : one.fields) {
        names += (names.empty() ? "" : " ") + field.name;
      }
      out.rows.push_back({one.type, one.name, one.traffic_class, names});
    }
    return out;
  }
  auto name = call.given.at(0);
  name = name.substr(0, name.find('{'));
  const auto* form = find_form(name);
  const auto& parts = message_parts();
  const auto inner = parts.structs().find(name);
  if (const auto values = parts.enums().find(name); values != parts.enums().end()) {
    sheet out{.name = "values", .columns = {"number", "value"}};
    for (std::size_t i = 0; i < values->second.size(); ++i) {
      out.rows.push_back({i, values->second[i]});
    }
    return out;
  }
  if (form == nullptr && inner == parts.structs().end()) {
    std::vector<std::string> known;
    for (const auto& one : message_forms()) {
      known.push_back(one.name);
    }
    return error{.code = errc::not_found,
                 .text = "no message '" + name.substr(0, 80) + "'"
                         + config::did_you_mean(name.substr(0, 80), known)
                         + " `describe` lists them"};
  }
  sheet out{.name = "fields", .columns = {"number", "field", "type", "at_most"}};
  if (form != nullptr) {
    out.facts = {{"message", form->name}, {"type", form->type}, {"class", form->traffic_class}};
    out.before = {form->name + ": type " + std::to_string(form->type) + ", " + form->traffic_class};
  }
  for (const auto& field : form != nullptr ? form->fields : inner->second) {
    out.rows.push_back({field.number, field.name, field.type,
                        field.items_max == 0 ? json::value{} : json::value{field.items_max}});
  }
  return out;
}

result<sheet> run_ask(command_call& call) {
  const auto view = call.cluster.view();
  const auto whom = find_actor(*view, call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  const auto timeout = number_of(call.given, "--timeout", 5, 0.01, 3600);
  if (!timeout) {
    return timeout.err();
  }
  const auto what = parse_message(call.given.at(1));
  if (!what) {
    return what.err();
  }
  const auto text = "ask " + whom->name + " " + call.given.at(1);
  const bool is_noted = !is_harmless(what->type());
  if (is_noted) {
    if (auto fine = allow(call, text); !fine) {
      return fine.err();
    }
    if (auto fine = note(call, *whom, text, ""); !fine) {
      return fine.err();
    }
  }
  const auto answers = call.cluster.ask({{whom->actor, *what}}, seconds_of(*timeout));
  const auto& got = answers.front();
  if (is_noted) {
    (void)note(call, *whom, text, got.why.code == errc::none ? "answered" : got.why.text);
  }
  if (got.why.code != errc::none) {
    return got.why;
  }
  return answer_sheet(got);
}

result<sheet> run_send(command_call& call) {
  const auto whom = find_actor(*call.cluster.view(), call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  auto what = parse_message(call.given.at(1));
  if (!what) {
    return what.err();
  }
  const auto text = "send " + whom->name + " " + call.given.at(1);
  if (auto fine = allow(call, text); !fine) {
    return fine.err();
  }
  if (auto fine = note(call, *whom, text, "sent"); !fine) {
    return fine.err();
  }
  call.cluster.tell({whom->actor, *std::move(what)});
  sheet out{.facts = {{"sent", true}, {"to", whom->name}}};
  out.before = {"sent to " + whom->name + "; nobody says whether it was heard"};
  return out;
}

result<sheet> run_ping(command_call& call) {
  const auto view = call.cluster.view();
  actor_ref to;
  auto name = call.given.at(0);
  if (const auto node = find_node(*view, name); node && node->admin) {
    to = *node->admin;
    name = "admin@" + name;
  } else {
    const auto whom = find_actor(*view, name);
    if (!whom) {
      return whom.err();
    }
    to = whom->actor;
    name = whom->name;
  }
  const auto count = number_of(call.given, "-n", 3, 1, 1000);
  if (!count) {
    return count.err();
  }
  sheet out{.name = "pings", .columns = {"number", "actor", "took_ms", "error"}};
  std::vector<double> took;
  for (int i = 1; i <= static_cast<int>(*count) && !call.cluster.interrupted(); ++i) {
    const auto got = call.cluster.ask({{to, message::of(status_query{})}}, 2s).front();
    const bool fine = got.why.code == errc::none;
    out.rows.push_back({i, name, fine ? milliseconds(got.took) : json::value{}, got.why.text});
    if (fine) {
      took.push_back(std::chrono::duration<double, std::milli>(got.took).count());
    }
  }
  std::ranges::sort(took);
  out.facts = {{"answered", took.size()},
               {"median_ms", took.empty() ? json::value{} : json::value{took[took.size() / 2]}}};
  return out;
}

} // namespace troupe::shell

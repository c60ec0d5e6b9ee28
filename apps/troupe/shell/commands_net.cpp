// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"

#include <algorithm>
#include <map>
#include <tuple>

/// What goes over the links between nodes, per second.
namespace troupe::shell {

namespace {

using link_key = std::pair<node_ref, node_ref>; ///< Who counts, and the peer.

struct sample {
  time_point at;
  std::map<link_key, link_info> links;
  std::map<node_ref, std::string> names;
};

sample take_sample(command_call& call, const console_view& view, const std::string& only) {
  std::vector<console_question> questions;
  std::vector<node_ref> whom;
  for (const auto& [ref, node] : view.nodes) {
    if (node.admin && (only.empty() || node.who.name == only)) {
      questions.push_back({*node.admin, message::of(node_query{})});
      whom.push_back(ref);
    }
  }
  const auto answers = call.cluster.ask(std::move(questions), answer_time);
  sample out{.at = call.cluster.now(), .links = {}, .names = {}};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (const auto* report = answers[i].body.as<node_report>()) {
      out.names[whom[i]] = report->node;
      for (const auto& link : report->links) {
        out.links[{whom[i], link.peer}] = link;
      }
    }
  }
  return out;
}

} // namespace

result<sheet> run_net(command_call& call) {
  const auto length = number_of(call.given, "--for", 1, 0.01, 600);
  if (!length) {
    return length.err();
  }
  const auto view = call.cluster.view();
  const auto only = call.given.at(0);
  if (!only.empty()) {
    if (const auto node = find_node(*view, only); !node) {
      return node.err();
    }
  }
  const auto first = take_sample(call, *view, only);
  if (!call.cluster.pause(
          std::chrono::duration_cast<duration>(std::chrono::duration<double>(*length)))) {
    return error{.code = errc::cancelled, .text = "ended before the second look"};
  }
  const auto second = take_sample(call, *view, only);
  const auto seconds = std::chrono::duration<double>(second.at - first.at).count();

  sheet out{.name = "links",
            .columns = {"node", "peer", "in_per_s", "out_per_s", "in_kib_per_s", "out_kib_per_s",
                        "waiting_messages", "unreturned_bytes"}};
  double all_bytes = 0;
  for (const auto& [key, now] : second.links) {
    const auto before = first.links.find(key);
    if (before == first.links.end()) {
      continue;
    }
    // A new session to the same peer counts from zero: no rate yet.
    const auto rate = [&](std::uint64_t link_info::* counter) {
      const auto past = before->second.*counter;
      return now.*counter < past ? 0 : static_cast<double>(now.*counter - past) / seconds;
    };
    constexpr double kib = 1 << 10;
    all_bytes += rate(&link_info::bytes_out);
    out.rows.push_back({second.names.at(key.first), now.name, rate(&link_info::frames_in),
                        rate(&link_info::frames_out), rate(&link_info::bytes_in) / kib,
                        rate(&link_info::bytes_out) / kib, now.waiting_messages,
                        now.unreturned_bytes});
  }
  std::ranges::sort(out.rows, {}, [](const auto& row) {
    return std::tuple(*row[0].as_string(), *row[1].as_string());
  });
  out.facts = {{"seconds", seconds}, {"sent_bytes_per_s", all_bytes}};
  out.after = {"per second over " + cell_text(seconds) + " s; IN is what NODE hears from PEER"};
  return out;
}

} // namespace troupe::shell

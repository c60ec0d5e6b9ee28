// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <utility>

/// Streams that an operator has decoded elsewhere.
namespace troupe {

namespace {

constexpr std::size_t shown_bytes_max = 80;

error wrong(std::string text, std::string field) {
  return {.code = errc::invalid_value, .text = std::move(text), .field = std::move(field)};
}

} // namespace

result<gateway_core::client*> gateway_core::find_open(request_id which) {
  const auto is_it = [&](const auto& entry) {
    return entry.second.request == which;
  };
  if (const auto found = std::ranges::find_if(clients_, is_it); found != clients_.end()) {
    return &found->second;
  }
  if (std::ranges::find(recent_, which, &request_record::request) != recent_.end()) {
    return wrong("the request has ended: there is nothing to move", "request");
  }
  return error{.code = errc::not_found, .text = "no such request here", .field = "request"};
}

result<cluster_view::worker> gateway_core::target_of(const client& whose,
                                                     const std::string& node) const {
  const auto shown = node.substr(0, shown_bytes_max);
  auto target = view_.find_worker(node);
  if (!target) {
    return error{.code = errc::not_found,
                 .text = "no worker runs on '" + shown + "'; `nodes` lists them",
                 .field = "node"};
  }
  if ((target->roles & role_decode) == 0) {
    return wrong("'" + shown + "' does not decode; name a node that does", "node");
  }
  if (target->digest != whose.what->text->digest()) {
    return error{.code = errors::wrong_model,
                 .text = "'" + shown + "' does not serve the request's model '"
                         + whose.what->text->name() + "' of the same digest",
                 .field = "node"};
  }
  const bool all_there = std::ranges::all_of(whose.open, [&](stream_id id) {
    const auto& s = streams_.at(id);
    return s.at_worker() && s.worker.node == target->node;
  });
  if (all_there) {
    return wrong("the request is decoded on '" + shown + "' already", "node");
  }
  return *std::move(target);
}

void gateway_core::on(const move_request& what, context& cx) {
  const auto doing = "migrate request to " + what.node.substr(0, shown_bytes_max);
  const auto refuse = [&](const error& why) {
    audit(config_.log, what.who, doing, "refused: " + why.text);
    cx.out.respond(*cx.from, why);
  };
  const auto whose = find_open(what.request);
  if (!whose) {
    refuse(whose.err());
    return;
  }
  const auto target = target_of(**whose, what.node);
  if (!target) {
    refuse(target.err());
    return;
  }
  move_begun begun;
  const auto id = (*whose)->id;
  const auto open = (*whose)->open;
  for (const auto which : open) {
    auto& s = streams_.at(which);
    if (s.at_worker() && s.worker.node == target->node) {
      continue;
    }
    ++begun.streams;
    begun.accepted_tokens += static_cast<std::uint32_t>(s.accepted.size());
    s.move_to = what.node;
    if (s.at_worker()) {
      cx.out.tell(s.peer, cancel{.stream = s.id, .attempt = s.attempt});
    }
    replace(s,
            {.code = errc::none,
             .text = "moved to " + what.node.substr(0, shown_bytes_max) + " by "
                     + what.who.substr(0, shown_bytes_max)},
            charge::nobody, cx);
    if (!clients_.contains(id)) {
      break; // It had waited too long for a place.
    }
  }
  stats_.moved += begun.streams;
  audit(config_.log, what.who, doing, "begun");
  cx.out.respond(*cx.from, begun);
}

} // namespace troupe

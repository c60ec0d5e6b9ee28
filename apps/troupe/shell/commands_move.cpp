// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/requests.hpp"
#include "messages/move.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>

/// Having a running request decoded elsewhere. Its gateway does it and keeps what was accepted.
namespace troupe::shell {

namespace {

constexpr duration look_every = 20ms;

result<named_actor> decoder_on(const console_view& view, const std::string& node,
                               const std::string& model) {
  const auto found = find_node(view, node);
  if (!found) {
    return found.err();
  }
  for (const auto& one : actors_of(view)) {
    const bool decodes = one.node_name == node && one.offers != nullptr
                         && one.offers->role == service_role::worker
                         && (one.offers->roles & role_decode) != 0;
    if (decodes && one.offers->model == model) {
      return one;
    }
    if (decodes) {
      return error{.code = errors::wrong_model,
                   .text = "'" + node + "' serves " + one.offers->model + ", not the request's "
                           + model};
    }
  }
  return error{.code = errc::invalid_value,
               .text = "'" + node + "' does not decode; `ps -r decode` lists who does"};
}

result<actor_ref> gateway_on(const console_view& view, const std::string& node) {
  for (const auto& one : actors_of(view)) {
    if (one.node_name == node && one.offers != nullptr
        && one.offers->role == service_role::gateway) {
      return one.actor;
    }
  }
  return error{.code = errc::peer_gone, .text = "the gateway " + node + " is gone"};
}

/// The attempt that has begun to make tokens there, or why there will be none.
result<attempt_info> wait_there(command_call& call, request_id which, const node_ref& node,
                                attempt_id before, duration timeout) {
  const auto until = call.cluster.now() + timeout;
  do {
    const auto told = find_request(call.cluster, which);
    if (!told) {
      return told.err();
    }
    const auto& what = told->what;
    for (const auto& one : what.attempts) {
      if (one.attempt > before && one.token_ms != 0) {
        return one.decode.node == node
                   ? result<attempt_info>(one)
                   : error{.code = errors::no_capacity,
                           .text = "it could not run there and runs on "
                                   + name_of(*call.cluster.view(), one.decode.node) + " now"};
      }
    }
    if (what.phase != request_phase::open) {
      return error{.code = errc::cancelled,
                   .text = "the request ended meanwhile: " + std::string(phase_name(what.phase))};
    }
  } while (!call.cluster.interrupted() && call.cluster.pause(look_every)
           && call.cluster.now() < until);
  return error{.code = errc::timeout,
               .text = "it was asked for, but makes no tokens there yet; see `reqs`"};
}

} // namespace

result<sheet> run_migrate(command_call& call) {
  const auto which = parse_request(call.given.at(0));
  const auto timeout = number_of(call.given, "--timeout", 10, 0.1, 600);
  if (!which || !timeout) {
    return which ? timeout.err() : which.err();
  }
  const auto found = find_request(call.cluster, *which);
  if (!found) {
    return found.err();
  }
  const auto& what = found->what;
  if (what.phase != request_phase::open) {
    return error{.code = errc::invalid_value,
                 .text = "refused: the request has ended (" + std::string(phase_name(what.phase))
                         + "), there is nothing to move"};
  }
  const auto view = call.cluster.view();
  const auto target = decoder_on(*view, call.given.at(2), what.model);
  const auto gateway = gateway_on(*view, found->gateway);
  if (!target || !gateway) {
    return target ? gateway.err() : target.err();
  }
  const auto last = what.attempts.empty() ? attempt_info{} : what.attempts.back();
  if (what.choices == 1 && last.placed_ms != 0 && last.decode.node == target->node) {
    return error{.code = errc::invalid_value,
                 .text = "refused: the request is decoded on " + target->node_name + " already"};
  }
  const auto from = last.placed_ms != 0 ? name_of(*view, last.decode.node) : "a router";
  const auto tokens = std::to_string(what.accepted_tokens);
  const auto plan = "take " + request_text(*which) + " from " + from + " and place it again on "
                    + target->node_name + "; its gateway " + found->gateway + " keeps the " + tokens
                    + " tokens it has, and the blocks of " + std::to_string(what.prompt_tokens)
                    + " prompt and " + tokens
                    + " answer tokens are filled there again where they are not cached";
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  const auto begun = ask_one<move_begun>(
      call.cluster, *gateway,
      move_request{.request = *which, .node = target->node_name, .who = call.who});
  if (!begun) {
    return begun.err();
  }
  const auto there =
      wait_there(call, *which, target->node, last.attempt,
                 std::chrono::duration_cast<duration>(std::chrono::duration<double>(*timeout)));
  if (!there) {
    return there.err();
  }
  const auto asked_ms = static_cast<double>(there->token_ms - there->asked_ms);
  sheet out{.facts = {{"request", request_text(*which)},
                      {"node", target->node_name},
                      {"streams", begun->streams},
                      {"accepted_tokens", begun->accepted_tokens},
                      {"attempt", there->attempt.value},
                      {"took_ms", asked_ms}}};
  out.before = {"moved: attempt " + std::to_string(there->attempt.value) + " runs on "
                + target->node_name + " from token " + std::to_string(begun->accepted_tokens)
                + " on, " + cell_text(asked_ms) + " ms after it was asked for"};
  return out;
}

} // namespace troupe::shell

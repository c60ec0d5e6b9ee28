// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/sender_roles.hpp"

#include "messages/registry.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

template <class... Ms>
std::map<wire_type, std::string_view> names_of(message_list<Ms...> /*all*/) {
  return {{Ms::type, Ms::name}...};
}

template <class M>
bool may(node_roles who) {
  return (sender_roles().at(M::type) & who) != 0;
}

} // namespace

TEST_CASE("every registered message has senders, and nothing else has") {
  const auto names = names_of(registry{});
  for (const auto& [type, name] : names) {
    CAPTURE(name);
    REQUIRE(sender_roles().contains(type));
    CHECK(sender_roles().at(type) != 0);
  }
  CHECK(sender_roles().size() == names.size());
}

TEST_CASE("only membership and answers to operators are everybody's") {
  const auto names = names_of(registry{});
  const auto everyone =
      node_role::all | node_role::cache | node_role::agent | node_role::shell | node_role::operate;
  std::map<std::string_view, bool> common;
  for (const auto& [type, roles] : sender_roles()) {
    CHECK((roles & ~everyone) == 0);
    if (roles == everyone) {
      common[names.at(type)] = true;
    }
  }
  CHECK(common
        == std::map<std::string_view, bool>{{"join", true},
                                            {"renew", true},
                                            {"leave", true},
                                            {"watch", true},
                                            {"status_report", true},
                                            {"node_report", true},
                                            {"mailbox_report", true},
                                            {"profile_report", true},
                                            {"trace_started", true},
                                            {"trace_events", true},
                                            {"operator_noted", true},
                                            {"link_disturbed", true},
                                            {"log_report", true},
                                            {"log_level_set", true},
                                            {"crash_begun", true}});
}

TEST_CASE("a worker neither orders, places, generates, nor asks operators' questions") {
  const auto of_worker = node_role::worker;
  CHECK(!may<order>(of_worker));
  CHECK(!may<scale>(of_worker));
  CHECK(!may<drain>(of_worker));
  CHECK(!may<members>(of_worker));
  CHECK(!may<place>(of_worker));
  CHECK(!may<placement>(of_worker));
  CHECK(!may<generate>(of_worker));
  CHECK(!may<cancel>(of_worker));
  CHECK(!may<status_query>(of_worker));
  CHECK(may<worker_report>(of_worker));
}

TEST_CASE("only a decode worker makes tokens, only a directory members, only a planner orders") {
  for (node_roles one = 1; one <= node_role::agent; one <<= 1U) {
    CHECK(may<tokens>(one) == (one == node_role::decode));
    CHECK(may<members>(one) == (one == node_role::directory));
    CHECK(may<order>(one) == (one == node_role::planner));
    CHECK(may<generate>(one) == (one == node_role::gateway));
    CHECK(may<placement>(one) == (one == node_role::router));
    CHECK(may<quarantine_told>(one) == (one == node_role::gateway));
  }
}

TEST_CASE("a shell looks, an operator changes, and neither does what nodes do") {
  for (const auto who : {node_role::shell, node_role::operate}) {
    CHECK(may<status_query>(who));
    CHECK(may<node_query>(who));
    CHECK(may<requests_query>(who));
    CHECK(may<trace_start>(who));
    CHECK(may<operator_note>(who));
    CHECK(may<scale>(who) == (who == node_role::operate));
    CHECK(may<drain>(who) == (who == node_role::operate));
    CHECK(may<spawn>(who) == (who == node_role::operate));
    CHECK(may<disturb_link>(who) == (who == node_role::operate));
    CHECK(may<crash_process>(who) == (who == node_role::operate));
    CHECK(may<crashes_query>(who));
    CHECK(!may<order>(who));
    CHECK(!may<generate>(who));
    CHECK(!may<members>(who));
    CHECK(!may<kv_put>(who));
  }
  CHECK(!may<node_query>(node_role::worker | node_role::gateway));
}

TEST_CASE("a certificate may be a terminal's, a node's role may not") {
  CHECK(*parse_certificate_roles("shell") == node_role::shell);
  CHECK(*parse_certificate_roles("operator") == (node_role::operate | node_role::shell));
  CHECK(format_node_roles(node_role::operate | node_role::shell) == "shell,operator");
  CHECK(!parse_node_roles("shell"));
  CHECK(!parse_node_roles("router,operator"));
}

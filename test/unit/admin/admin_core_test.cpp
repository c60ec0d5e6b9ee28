// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

/// An admin that knows node 2 with a gateway (actor 2) and node 3 with a planner (actor 3).
struct admin_rig {
  admin_rig() {
    members known{.epoch = 1, .version = 1, .full = true};
    known.added = {member_of(2, service_role::gateway), member_of(3, service_role::planner)};
    core.deliver(ref_of(9), known);
  }

  static member member_of(std::uint64_t n, service_role role) {
    return {.node = ref_of(n).node,
            .name = "n" + std::to_string(n),
            .services = {{.role = role, .actor = ref_of(n)}}};
  }

  void collect() {
    core.event([this](context& cx) {
      core->collect(
          [this](cluster_status all) {
            ++calls;
            status = std::move(all);
          },
          cx);
    });
  }
  void edit(const std::string& slot) {
    core.event([&](context& cx) {
      core->edit({.slot = slot}, [this](const delivery& back) { answers.push_back(back); }, cx);
    });
  }
  std::uint64_t asked_of(std::uint64_t n) {
    std::uint64_t found = 0;
    for (const auto& send : core.sends()) {
      found = send.to == ref_of(n) ? send.request_id : found;
    }
    return found;
  }
  void answer(std::uint64_t request, message body, error why = {}) {
    core.respond(request, {.what = delivery::kind::response,
                           .request_id = request,
                           .body = std::move(body),
                           .why = std::move(why)});
  }

  core_driver<admin_core> core;
  int calls = 0;
  cluster_status status;
  std::vector<delivery> answers;
};

} // namespace

TEST_CASE("a status waits for every service and tells who did not answer") {
  admin_rig rig;
  rig.collect();
  REQUIRE(rig.core.sends().size() == 2);
  CHECK(rig.core.sends()[0].deadline == rig.core.now() + 1s);

  rig.answer(rig.asked_of(3), {}, {.code = errc::timeout, .text = "silent"});
  CHECK(rig.calls == 0);
  rig.answer(rig.asked_of(2), message::of(status_report{.actor = "gateway"}));

  REQUIRE(rig.calls == 1);
  REQUIRE(rig.status.services.size() == 2);
  CHECK(rig.status.services[0].node_name == "n2");
  CHECK(rig.status.services[0].report.actor == "gateway");
  CHECK(rig.status.services[0].why.code == errc::none);
  CHECK(rig.status.services[1].node_name == "n3");
  CHECK(rig.status.services[1].why.code == errc::timeout);
}

TEST_CASE("a second answer to the same question counts for nothing") {
  admin_rig rig;
  rig.collect();
  const auto first = rig.asked_of(2);
  rig.answer(first, message::of(status_report{.actor = "once"}));
  rig.answer(first, message::of(status_report{.actor = "twice"}));
  CHECK(rig.calls == 0);
  rig.answer(rig.asked_of(3), message::of(status_report{}));

  CHECK(rig.calls == 1);
  CHECK(rig.status.services[0].report.actor == "once");
}

TEST_CASE("two questions at once are answered apart") {
  admin_rig rig;
  rig.collect();
  const auto first = rig.asked_of(2);
  const auto first_planner = rig.asked_of(3);
  rig.collect();

  rig.answer(rig.asked_of(2), message::of(status_report{.actor = "second"}));
  rig.answer(rig.asked_of(3), message::of(status_report{}));
  CHECK(rig.calls == 1);
  CHECK(rig.status.services[0].report.actor == "second");
  rig.answer(first, message::of(status_report{.actor = "first"}));
  rig.answer(first_planner, message::of(status_report{}));

  CHECK(rig.calls == 2);
  CHECK(rig.status.services[0].report.actor == "first");
}

TEST_CASE("a member that left is not asked, and an empty cluster answers at once") {
  admin_rig rig;
  rig.core.deliver(ref_of(9),
                   members{.epoch = 1, .version = 2, .removed = {ref_of(2).node, ref_of(3).node}});

  rig.collect();

  CHECK(rig.core.sends().empty());
  CHECK(rig.calls == 1);
  CHECK(rig.status.nodes.empty());
}

TEST_CASE("an edit goes to the planner and its answer comes back as it is") {
  admin_rig rig;
  rig.edit("decode-1");
  REQUIRE(rig.core.sent<scale>(ref_of(3)).size() == 1);
  CHECK(rig.core.sent<scale>()[0]->slot == "decode-1");

  rig.answer(rig.asked_of(3), message::of(order_done{.slot = "decode-1", .generation = 4}));

  REQUIRE(rig.answers.size() == 1);
  REQUIRE(rig.answers[0].body.as<order_done>() != nullptr);
  CHECK(rig.answers[0].body.as<order_done>()->generation == 4);
}

TEST_CASE("an edit that the planner does not answer ends with the error, once") {
  admin_rig rig;
  rig.edit("decode-1");
  const auto request = rig.asked_of(3);

  rig.answer(request, {}, {.code = errc::peer_gone});
  rig.answer(request, message::of(order_done{}));

  REQUIRE(rig.answers.size() == 1);
  CHECK(rig.answers[0].why.code == errc::peer_gone);
}

TEST_CASE("without a planner an edit is refused at once") {
  admin_rig rig;
  rig.core.deliver(ref_of(9), members{.epoch = 1, .version = 2, .removed = {ref_of(3).node}});

  rig.edit("decode-1");

  CHECK(rig.core.sends().empty());
  REQUIRE(rig.answers.size() == 1);
  CHECK(rig.answers[0].why.code == errors::no_worker);
  CHECK(rig.answers[0].why.text.find("--role planner") != std::string::npos);
}

// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/load_view.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const time_point t0 = time_point{} + 1h;
const actor_ref me{.node = {.node = {1}, .life = {1}}, .actor = 5};

} // namespace

TEST_CASE("a placement counts until the worker reports that it saw it") {
  load_view view;
  view.placed({.no = 1, .prompt_tokens = 100, .decodes = true, .placed = t0});
  view.placed({.no = 2, .prompt_tokens = 50, .decodes = true, .placed = t0});
  CHECK(view.waiting_tokens() == 150);
  CHECK(view.decoding() == 2);

  view.report({.running = 1, .waiting_prompt_tokens = 100, .seen = {{.router = me, .no = 1}}}, me);

  CHECK(view.waiting_tokens() == 150);
  CHECK(view.decoding() == 2);
  CHECK(view.unseen_count() == 1);
}

TEST_CASE("what another router's placements were seen up to does not count for this one") {
  load_view view;
  view.placed({.no = 1, .prompt_tokens = 100, .decodes = true, .placed = t0});
  auto other = me;
  other.actor = 6;

  view.report({.seen = {{.router = other, .no = 9}}}, me);

  CHECK(view.unseen_count() == 1);
}

TEST_CASE("a placement nobody reports is forgotten after a second") {
  load_view view;
  view.placed({.no = 1, .prompt_tokens = 100, .decodes = true, .placed = t0});

  view.expire(t0 + 999ms);
  CHECK(view.unseen_count() == 1);
  view.expire(t0 + 1s);
  CHECK(view.unseen_count() == 0);
}

TEST_CASE("a withdrawn placement is no load") {
  load_view view;
  view.placed({.no = 1, .prompt_tokens = 100, .decodes = true, .placed = t0});

  view.withdrawn(1);

  CHECK(view.waiting_tokens() == 0);
}

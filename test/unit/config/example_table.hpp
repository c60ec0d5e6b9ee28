// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/option_table.hpp"

namespace troupe::config {

struct example_config {
  std::uint32_t queue_requests_max = 1024;
  std::chrono::milliseconds silence_max{1500};
};

/// A few options of every kind; two are bound to `into`.
inline option_table example_table(example_config& into) {
  auto table = option_table{};
  table.add(choice("output", "table", {"table", "json"}, "How results are printed.")
                .with_letter('o')
                .with_group("common")
                .flag_only());
  table.add(bound(integer("router.queue_requests_max", 1024, 1, 65536,
                          "Requests waiting for a slot; the next one is refused."),
                  into.queue_requests_max));
  table.add(
      bound(time("router.silence_max", 1500ms, 10ms, 1h, "A worker silent this long is gone."),
            into.silence_max));
  table.add(choice("router.prefill", "auto", {"auto", "remote", "local"}, "Where prompts go."));
  table.add(boolean("kv.checksums", true, "Verifies blocks before use."));
  table.add(real("kv.fill", 0.9, 0, 1, "Share of memory for blocks."));
  table.add(list("node.roles", {"gateway"}, "What this process does.").with_flag("--role"));
  table.add(text("name", "", "Name of this process."));
  return table;
}

} // namespace troupe::config

// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/type_entry.hpp"
#include "test/support/fill.hpp"
#include "test/unit/codec/sample.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

struct parcel {
  static constexpr wire_type type = 7;
  static constexpr std::string_view name = "parcel";
  static constexpr traffic traffic_class = traffic::state;

  actor_ref who;
  std::vector<actor_ref> others;
  blob attachment;

  static constexpr auto fields() {
    return std::tuple{field(1, "who", &parcel::who), field(2, "others", &parcel::others)};
  }
};

} // namespace

TEST_CASE("a table finds its types by number, in order") {
  const auto table = make_table<sample, parcel>();

  REQUIRE(table.entries().size() == 2);
  CHECK(table.entries()[0].name == "parcel");
  CHECK(table.find(1000)->name == "sample");
  CHECK(table.find(1000)->traffic_class == traffic::ordered);
  CHECK(!table.find(1000)->has_attachment);
  CHECK(table.find(7)->has_attachment);
  CHECK(table.find(8) == nullptr);
}

TEST_CASE("a table's entry encodes, decodes and prints without knowing the type") {
  const auto table = make_table<sample, parcel>();
  const auto before = filled<sample>();
  bytes data;

  table.find(1000)->encode(&before, data);
  const auto after = table.find(1000)->decode(data);

  REQUIRE(after);
  CHECK(*static_cast<const sample*>(after->get()) == before);
  CHECK(table.find(1000)->print(after->get()).starts_with("sample{flag=true"));
}

TEST_CASE("refs to the peer are bound to its session, others are not") {
  const auto entry = entry_of<parcel>();
  const node_ref peer{node_id{1}, incarnation{2}};
  const node_ref third{node_id{3}, incarnation{4}};
  parcel p{.who = {peer, 5, 99}, .others = {{third, 6, 99}, {peer, 7, 99}}};

  entry.bind_refs(&p, peer, 42);

  CHECK(p.who.session == 42);
  CHECK(p.others[0].session == 0);
  CHECK(p.others[1].session == 42);
}

TEST_CASE("an attachment is not among the fields and is put back by the bus") {
  const auto entry = entry_of<parcel>();
  parcel p;
  p.attachment = blob(bytes(3));
  bytes data;

  entry.encode(&p, data);
  auto after = entry.decode(data);

  REQUIRE(after);
  CHECK(data.size() == 1);
  CHECK(entry.attachment(after->get())->empty());
  entry.attach(after->get(), p.attachment);
  CHECK(entry.attachment(after->get())->size() == 3);
}

// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/trust.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::keys;

namespace {

constexpr unix_seconds noon = 1'700'000'000;
constexpr unix_seconds hour = 3600;

struct cluster {
  secret_key secret = make_secret_key();
  secret_key link_secret = make_secret_key();

  [[nodiscard]] certificate worker() const {
    const auto key = link_key_of(link_secret);
    return {.serial = 7,
            .cluster = "blue",
            .name = "w1",
            .node = 11,
            .roles = 12,
            .link_key = bytes(key.value.begin(), key.value.end()),
            .not_before = noon,
            .not_after = noon + hour};
  }
  [[nodiscard]] trust believes(revocation_list revoked = {}) const {
    return {"blue", {signing_key_of(secret)}, std::move(revoked)};
  }
};

} // namespace

TEST_CASE("a certificate of the cluster's key is believed between its dates, with leeway") {
  const cluster blue;
  const auto data = issue(blue.worker(), blue.secret);
  const auto believes = blue.believes();

  const auto seen = believes.verify(data, noon + 60);
  REQUIRE(seen);
  CHECK(seen->of.name == "w1");
  CHECK(seen->of.node == 11);
  CHECK(seen->of.roles == 12);
  CHECK(seen->link_key == link_key_of(blue.link_secret));
  CHECK(data.size() < 512);

  CHECK(believes.verify(data, noon - clock_leeway));
  CHECK(believes.verify(data, noon - clock_leeway - 1).err().code == errc::forbidden);
  CHECK(believes.verify(data, noon + hour + clock_leeway));
  const auto late = believes.verify(data, noon + hour + clock_leeway + 1);
  REQUIRE(!late);
  CHECK(late.err().text.find("expired") != std::string::npos);
}

TEST_CASE("a certificate of another signer or cluster is forbidden") {
  const cluster blue;
  const cluster other;
  CHECK(blue.believes().verify(issue(blue.worker(), other.secret), noon).err().code
        == errc::forbidden);
  CHECK(trust().verify(issue(blue.worker(), blue.secret), noon).err().code == errc::forbidden);

  auto of_red = blue.worker();
  of_red.cluster = "red";
  CHECK(blue.believes().verify(issue(of_red, blue.secret), noon).err().code == errc::forbidden);
}

TEST_CASE("a revoked serial or key is forbidden, at once and on a later look") {
  const cluster blue;
  const auto data = issue(blue.worker(), blue.secret);
  const auto before = blue.believes().verify(data, noon);
  REQUIRE(before);
  const auto by_serial = blue.believes({.revoked = {{.serial = 7}}});
  const auto by_key =
      blue.believes({.revoked = {{.serial = 8, .link_key = blue.worker().link_key}}});
  const auto of_others = blue.believes({.revoked = {{.serial = 8, .link_key = bytes(32)}}});

  CHECK(by_serial.verify(data, noon).err().code == errc::forbidden);
  CHECK(by_serial.recheck(*before, noon).err().code == errc::forbidden);
  CHECK(by_key.verify(data, noon).err().code == errc::forbidden);
  CHECK(by_key.is_revoked(before->link_key));
  CHECK(of_others.verify(data, noon));
  CHECK(!of_others.is_revoked(before->link_key));
}

TEST_CASE("while cluster keys rotate both are believed, afterwards only the new one") {
  const cluster old;
  const cluster fresh;
  const auto of_old = issue(old.worker(), old.secret);
  const auto of_new = issue(old.worker(), fresh.secret);
  const trust both("blue", {signing_key_of(fresh.secret), signing_key_of(old.secret)}, {});
  const trust after("blue", {signing_key_of(fresh.secret)}, {});

  const auto kept = both.verify(of_old, noon);
  REQUIRE(kept);
  CHECK(both.verify(of_new, noon));
  CHECK(after.verify(of_new, noon));
  CHECK(after.verify(of_old, noon).err().code == errc::forbidden);
  CHECK(after.recheck(*kept, noon).err().code == errc::forbidden);
}

TEST_CASE("a certificate cut anywhere or with any bit turned is never believed") {
  const cluster blue;
  const auto data = issue(blue.worker(), blue.secret);
  const auto believes = blue.believes();

  for (std::size_t size = 0; size < data.size(); ++size) {
    CHECK(!believes.verify(bytes_view(data).first(size), noon));
  }
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
    auto turned = data;
    turned[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    CHECK(!believes.verify(turned, noon));
  }
  auto longer = data;
  longer.push_back(std::byte{0});
  CHECK(!believes.verify(longer, noon));
  CHECK(believes.verify(bytes(certificate_bytes_max + 1), noon).err().code == errc::too_large);
}

TEST_CASE("random bytes are no certificate and no list") {
  const cluster blue;
  rng draw(5);
  for (int round = 0; round < 5000; ++round) {
    bytes junk(draw.below(300));
    for (auto& each : junk) {
      each = static_cast<std::byte>(draw.below(256));
    }
    CHECK(!blue.believes().verify(junk, noon));
    CHECK(!open_revocations(junk, blue.believes().signers()));
  }
}

TEST_CASE("a signed certificate that lacks key, name or serial is malformed") {
  const cluster blue;
  auto no_key = blue.worker();
  no_key.link_key.pop_back();
  auto no_name = blue.worker();
  no_name.name.clear();
  auto no_serial = blue.worker();
  no_serial.serial = 0;
  for (const auto& each : {no_key, no_name, no_serial}) {
    CHECK(blue.believes().verify(issue(each, blue.secret), noon).err().code == errc::malformed);
  }
}

TEST_CASE("dates at the ends of their range neither overflow nor let anyone in") {
  const cluster blue;
  auto never = blue.worker();
  never.not_before = std::numeric_limits<unix_seconds>::max();
  never.not_after = std::numeric_limits<unix_seconds>::min();
  CHECK(!blue.believes().verify(issue(never, blue.secret), noon));
}

TEST_CASE("a list of revocations does not pass as a certificate, nor the reverse") {
  const cluster blue;
  const std::vector signers{signing_key_of(blue.secret)};
  const revocation_list list{.cluster = "blue", .version = 3, .revoked = {{.serial = 7}}};
  const auto data = issue(list, blue.secret);

  const auto read = open_revocations(data, signers);
  REQUIRE(read);
  CHECK(read->version == 3);
  CHECK(read->revoked.size() == 1);
  CHECK(open_certificate(data, signers).err().code == errc::forbidden);
  CHECK(open_revocations(issue(blue.worker(), blue.secret), signers).err().code == errc::forbidden);
}

TEST_CASE("keys survive their text form, and nothing else is a key") {
  const auto key = link_key_of(make_secret_key());
  const auto text = to_text(key);
  CHECK(text.size() == key_text_chars);
  CHECK(*parse_public_key(text) == key);
  for (const auto* bad : {"", "short", "=", "a b", "\xff\xfe"}) {
    CHECK(parse_public_key(bad).err().code == errc::malformed);
  }
  CHECK(!parse_public_key(text + "A"));
  CHECK(!parse_public_key(text + "="));
  CHECK(!parse_public_key(text.substr(1)));
}

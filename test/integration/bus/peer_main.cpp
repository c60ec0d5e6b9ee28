// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/zmq_node.hpp"

#include <cstdio>
#include <unistd.h>

/// A process to be killed: joins the endpoint of its first argument and waits.
int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  troupe::test::zmq_node here(77);
  here.spawn("victim");
  here.links->connect(argv[1]);
  ::pause();
  return 0;
}

// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what runs on a device and on this processor, with the same bits.
#ifdef __CUDACC__
#define TROUPE_ANYWHERE __host__ __device__
#else
#define TROUPE_ANYWHERE
#endif

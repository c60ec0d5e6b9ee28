#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the tiny chat model: training, export, examination, recordings.

Needs the packages of requirements.txt; building and testing Troupe needs none of them.
"""

import argparse
import os
from pathlib import Path

# Spinning OpenMP threads are ten times slower when anything else runs; read before torch starts.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("KMP_BLOCKTIME", "0")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("build/tiny"),
                        help="where checkpoints go (default: build/tiny)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("tokenizer", help="learn a new tokenizer; training must then start anew")
    training = argparse.ArgumentParser(add_help=False)
    training.add_argument("--tokens", type=int, default=20_000_000, help="the training budget")
    training.add_argument("--until", type=int, help="stop (resumably) after so many tokens")
    training.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    training.add_argument("--seed", type=int, default=1)
    commands.add_parser("train", parents=[training], help="train to the budget")
    commands.add_parser("refine", parents=[training],
                        help="go on from the shipped weights: long rows, a low rate")
    commands.add_parser("export", help="write the model directory from the checkpoint")
    commands.add_parser("check", help="compare the export with plain transformers")
    exam = argparse.ArgumentParser(add_help=False)
    exam.add_argument("--count", type=int, default=100, help="unseen prompts per skill")
    exam.add_argument("--exam-seed", type=int, default=1)
    exam.add_argument("--skill", action="append", help="only this skill (repeatable)")
    exam.add_argument("--fp32", action="store_true", help="fp32 arithmetic instead of bf16")
    commands.add_parser("evaluate", parents=[exam], help="exact match of the exported weights")
    commands.add_parser("references", help="write references.json and tokenizer_golden.json")
    commands.add_parser("all", parents=[training, exam], help="all but the tokenizer, in order")
    return parser.parse_args()


def main():
    args = parse()
    import torch
    torch.set_num_threads(args.threads)
    every = args.command == "all"
    if args.command == "tokenizer":
        from tokenizer import make_tokenizer
        make_tokenizer()
    if args.command == "train" or every:
        from train import train
        train(args.work, args.tokens, args.resume, args.seed, args.until)
    if args.command == "refine":
        from export import exported
        from train import train
        train(args.work, args.tokens, args.resume, args.seed, args.until, refined=exported())
    if args.command == "export" or every:
        from export import export
        export(args.work / "checkpoint.pt")
    if args.command == "check" or every:
        from export import check
        if not check():
            raise SystemExit("the export and transformers disagree")
    if args.command == "evaluate" or every:
        from evaluate import evaluate
        from export import exported
        from tokenizer import Encoder
        dtype = torch.float32 if args.fp32 else torch.bfloat16
        print("| skill | exact match, % | prompt tokens (least, mean, most) |\n|---|---|---|")
        for skill, percent, least, mean, most in evaluate(
                exported(), Encoder(), args.count, args.exam_seed, args.skill, dtype):
            print(f"| {skill} | {percent:g} | {least}, {mean}, {most} |", flush=True)
    if args.command == "references" or every:
        from references import references, tokenizer_golden
        tokenizer_golden()
        references()


if __name__ == "__main__":
    main()

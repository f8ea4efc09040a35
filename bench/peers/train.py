"""The step of `cargo run -p vireo-learn --example step` in eager PyTorch, on the processor.

    bench/peers/setup.sh train
    target/peers/train/bin/python bench/peers/train.py [ITEMS]

The same network, batch, loss and optimiser: 128 sequences without gaps, width 64, two blocks of
one head with 128 gated units, dropout 0.2, Adam with clipping. Prints seconds of the fastest and
the median of eight steps after a first that doesn't count.
"""

import math
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH, WIDTH, HIDDEN, BLOCKS, DROPOUT, NEGATIVES = 128, 64, 128, 2, 0.2, 1024


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm, self.feed_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.joined = nn.Linear(WIDTH, WIDTH, bias=False)
        self.widened = nn.Linear(WIDTH, 2 * HIDDEN, bias=False)
        self.narrowed = nn.Linear(HIDDEN, WIDTH, bias=False)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, x):
        q, k, v = self.qkv(self.attention_norm(x)).unsqueeze(1).chunk(3, dim=-1)
        attended = F.scaled_dot_product_attention(q, k, v, dropout_p=DROPOUT, is_causal=True)
        x = x + self.drop(self.joined(attended.squeeze(1)))
        gate, up = self.widened(self.feed_norm(x)).chunk(2, dim=-1)
        return x + self.drop(self.narrowed(F.silu(gate) * up))


class Model(nn.Module):
    def __init__(self, items, length):
        super().__init__()
        self.table = nn.Embedding(items, WIDTH)
        nn.init.normal_(self.table.weight, std=0.25 / math.sqrt(WIDTH))
        self.positions = nn.Parameter(torch.randn(length, WIDTH) * 0.25 / math.sqrt(WIDTH))
        self.blocks = nn.Sequential(*[Block() for _ in range(BLOCKS)])
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(DROPOUT)

    def forward(self, inputs):
        x = self.table(inputs) * math.sqrt(WIDTH) + self.positions
        return self.norm(self.blocks(self.drop(x)))


def full(model, states, targets):
    return F.cross_entropy(states @ model.table.weight.T, targets)


def sampled(model, states, targets, negatives, log_expected):
    """One set of negatives for the whole batch, corrected by how often each is expected."""
    own = (states * model.table(targets)).sum(-1, keepdim=True)
    others = states @ model.table(negatives).T - log_expected
    others = others.masked_fill(negatives == targets[:, None], float("-inf"))
    logits = torch.cat([own, others], 1)
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))


def measure(items, length, is_sampled):
    torch.manual_seed(1)
    model = Model(items, length)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-8)
    inputs, targets = torch.randint(items, (2, BATCH, length))
    negatives = torch.randint(items, (NEGATIVES,))
    seconds = []
    for _ in range(9):
        started = time.perf_counter()
        optimiser.zero_grad()
        states, wanted = model(inputs).flatten(0, 1), targets.flatten()
        if is_sampled:
            loss = sampled(model, states, wanted, negatives, math.log(NEGATIVES / items))
        else:
            loss = full(model, states, wanted)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def main(items=12_101):
    print(f"torch {torch.__version__}, {items} items, {torch.get_num_threads()} of "
          f"{os.cpu_count()} threads; seconds of the fastest and the median step")
    print("| length | softmax | fastest | median | steps/s |\n|---:|---|---:|---:|---:|")
    for length in (50, 200):
        for is_sampled in (True, False):
            seconds = measure(items, length, is_sampled)
            median = statistics.median(seconds)
            kind = f"{NEGATIVES} drawn" if is_sampled else "full"
            print(f"| {length} | {kind} | {min(seconds):.3f} | {median:.3f} | {1 / median:.2f} |")


main(*map(int, sys.argv[1:]))

"""The step of `cargo run -p vireo-learn --example step` in eager PyTorch, on the processor.

    bench/peers/setup.sh train
    target/peers/train/bin/python bench/peers/train.py [ITEMS | FILE]

The same network, batch, loss and optimiser: 128 sequences, width 64, two blocks of one head with
128 gated units, dropout 0.2, Adam with clipping; without gaps, or as long as the histories of
FILE, filled up behind to the length, with no loss there. Prints seconds of the fastest and the
median of eight steps after a first that doesn't count, and the most memory held.
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


def read(path):
    """How many items there are, and the lengths of the histories, as the example reads them."""
    people, items = {}, set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            person, item = line.replace(",", "\t").split("\t")[:2]
            if person.isdigit():
                people[person] = people.get(person, 0) + 1
                items.add(item)
    return len(items), sorted(count for count in people.values() if count > 1)


def lengths(histories, length):
    if not histories:
        return torch.full((BATCH,), length)
    drawn = [histories[(place * 2 + 1) * len(histories) // (2 * BATCH)] for place in range(BATCH)]
    return torch.tensor([min(count - 1, length) for count in drawn])


def peak_megabytes():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def measure(items, histories, length, is_sampled):
    torch.manual_seed(1)
    model = Model(items, length)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-8)
    inputs, targets = torch.randint(items, (2, BATCH, length))
    # Attention looks back only: what is filled up behind is seen by nothing that has a loss.
    is_real = (torch.arange(length) < lengths(histories, length)[:, None]).flatten()
    negatives = torch.randint(items, (NEGATIVES,))
    seconds = []
    for _ in range(9):
        started = time.perf_counter()
        optimiser.zero_grad()
        states, wanted = model(inputs).flatten(0, 1), targets.flatten()
        if histories:
            states, wanted = states[is_real], wanted[is_real]
        if is_sampled:
            loss = sampled(model, states, wanted, negatives, math.log(NEGATIVES / items))
        else:
            loss = full(model, states, wanted)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def main(given="12101"):
    items, histories = (int(given), []) if given.isdigit() else read(given)
    print(f"torch {torch.__version__}, {items} items, {torch.get_num_threads()} of "
          f"{os.cpu_count()} threads; seconds of the fastest and the median step")
    print("| length | softmax | fastest | median | steps/s | peak MB |")
    print("|---:|---|---:|---:|---:|---:|")
    for length in (50, 200):
        for is_sampled in (True, False):
            with open("/proc/self/clear_refs", "w") as peak:
                peak.write("5")
            seconds = measure(items, histories, length, is_sampled)
            median, peak_mb = statistics.median(seconds), peak_megabytes()
            kind = f"{NEGATIVES} drawn" if is_sampled else "full"
            print(f"| {length} | {kind} | {min(seconds):.3f} | {median:.3f} | {1 / median:.2f} | "
                  f"{peak_mb} |", flush=True)


main(*sys.argv[1:])

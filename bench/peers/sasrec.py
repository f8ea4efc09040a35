"""How long RecTools' SASRec, or its HSTU, trains until it is nearly as good as it gets.

    bench/peers/setup.sh train
    target/peers/train/bin/python bench/peers/sasrec.py U.DATA [model=hstu] [seed=1] [n_factors=64 …]

Beside it: `cargo run --release -p vireo-interest --example sequences -- U.DATA transformer`. As
there, everybody's last two events are left out of the training, the last but one is what is asked
for after each epoch, all unseen items are ranked, and equal times stay in the order of the file.
Settings are RecTools' own where none are given. The asking is not counted as time; what the
processors spent is told, too, since it hardly minds what else the machine does.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytorch_lightning as lightning
import torch
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import HSTUModel, SASRecModel

PATIENCE, MOST_EPOCHS = 7, 200


def read(path):
    names = [Columns.User, Columns.Item, Columns.Weight, Columns.Datetime]
    events = pd.read_csv(path, sep="\t", names=names).sort_values(Columns.Datetime, kind="stable")
    # RecTools sorts by time again, and not stably: each event gets a time of its own.
    order = pd.to_timedelta(np.arange(len(events)), unit="us")
    events[Columns.Datetime] = pd.to_datetime(events[Columns.Datetime], unit="s") + order
    events[Columns.Weight] = 1.0
    from_last = events.groupby(Columns.User).cumcount(ascending=False)
    return events[from_last >= 2], events[from_last == 1]


def ndcg(model, dataset, asked):
    known = asked[asked[Columns.Item].isin(dataset.item_id_map.external_ids)]
    # HSTU knows when it is asked.
    when = known[[Columns.User, Columns.Datetime]] if model.require_recommend_context else None
    answers = model.recommend(known[Columns.User], dataset, k=10, filter_viewed=True, context=when)
    joined = answers.merge(known, on=[Columns.User, Columns.Item])
    return float((1.0 / np.log2(joined[Columns.Rank] + 1)).sum() / len(asked))


def main(path, *given):
    warnings.filterwarnings("ignore")
    given = dict(pair.split("=") for pair in given)
    kind, seed = given.pop("model", "sasrec"), int(given.pop("seed", 1))
    settings = {name: float(value) if "." in value else int(value) for name, value in given.items()}
    trained, asked = read(path)
    dataset = Dataset.construct(trained)
    lightning.seed_everything(seed, verbose=False)
    model = {"sasrec": SASRecModel, "hstu": HSTUModel}[kind](deterministic=True, **settings)
    print(f"{kind}, seed {seed}, torch {torch.__version__}, {torch.get_num_threads()} threads, {settings or 'defaults'}")
    seconds, work, curve = 0.0, 0.0, []
    while len(curve) < MOST_EPOCHS:
        started, before = time.perf_counter(), time.process_time()
        model.fit_partial(dataset, min_epochs=1, max_epochs=1)
        seconds += time.perf_counter() - started
        work += time.process_time() - before
        curve.append((ndcg(model, dataset, asked), seconds, work))
        print(f"{len(curve):3} ndcg {curve[-1][0]:.4f} {seconds:.1f} s, of the processors "
              f"{work:.1f} s", flush=True)
        best = max(range(len(curve)), key=lambda epoch: curve[epoch][0])
        if len(curve) - 1 - best >= PATIENCE:
            break
    best = max(curve)[0]
    nearly = next(epoch for epoch in curve if epoch[0] >= 0.95 * best)
    print(f"best {best:.4f}, 95 % of it after {nearly[1]:.1f} s, of the processors {nearly[2]:.1f} s")


main(*sys.argv[1:])

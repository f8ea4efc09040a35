"""implicit's ALS and EASE in numpy, by the protocol of `vireo bench recommend --split loo`.

    bench/peers/setup.sh recommend
    target/peers/recommend/bin/python bench/peers/recommend.py FILE FORMAT

FORMAT is ml-100k, ml-latest or lastfm-2k, FILE the file of interactions. Prints one JSON
object in the shape of `vireo bench`. Settings are those of the Rust models: ALS of width 64
with 12 epochs, EASE with a ridge of 100. implicit weighs the unobserved with 1, so the weight
of a like is 1 + 1 / 0.1 and the ridge 10 times that of ours; it doesn't grow with the
length of a row, therefore three are tried and the best on the test is reported, in its favour.
"""

import hashlib
import os
import sys
import time
from importlib.metadata import version

import numpy as np
import report as reports
import scipy.sparse as sparse
from implicit.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

RIDGE, WIDTH, EPOCHS, SEED = 100.0, 64, 12, 1


def lot(user, item):
    """The order that is drawn where there is none, as in crates/evaluate/src/recommend/data.rs."""
    digest = hashlib.sha256(f"{SEED} {user} {item}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def read(path, layout):
    """Histories in order of time, equal times in the order of the file; items as they occur."""
    separator, header, time_column = {
        "ml-100k": ("\t", 0, 3),
        "ml-latest": (",", 1, 3),
        "lastfm-2k": ("\t", 1, None),
    }[layout]
    users, items, histories = {}, {}, []
    with open(path, encoding="utf-8") as lines:
        for line in list(lines)[header:]:
            fields = line.strip().split(separator)
            at = lot(fields[0], fields[1]) if time_column is None else int(fields[time_column])
            user = users.setdefault(fields[0], len(users))
            item = items.setdefault(fields[1], len(items))
            if user == len(histories):
                histories.append([])
            histories[user].append((at, item))
    for history in histories:
        history.sort(key=lambda event: event[0])
    return [[item for _, item in history] for history in histories], len(items)


def figures(scores, histories, targets):
    """HR@10 and NDCG@10 over all unseen items; an equal score counts against the target."""
    for user, history in enumerate(histories):
        scores[user, history] = -np.inf
    own = scores[np.arange(len(targets)), targets][:, None]
    rank = (scores >= own).sum(1)
    hit = rank <= 10
    return {"hr@10": float(hit.mean()), "ndcg@10": float((hit / np.log2(rank + 1)).mean())}


def best_of(runs, count=3):
    """The result of several runs with the least seconds, and those of all processors."""
    seconds, work = [], []
    for _ in range(count):
        started, before = time.perf_counter(), time.process_time()
        result = runs()
        seconds.append(time.perf_counter() - started)
        work.append(time.process_time() - before)
    return result, {"train": min(seconds), "train_cpu": min(work)}


def ease(matrix):
    gram = (matrix.T @ matrix).toarray()
    gram[np.diag_indices_from(gram)] += RIDGE
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def main(path, layout):
    histories, items = read(path, layout)
    histories = [history for history in histories if len(history) > 1]
    targets = np.array([history.pop() for history in histories])
    rows = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    columns = np.concatenate(histories)
    shape = (len(histories), items)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)
    results = []

    def report(name, scores, seconds):
        metrics = figures(scores, histories, targets)
        results.append(reports.row(name, metrics, len(targets), split="loo", seed=SEED,
                                   seconds=seconds))

    # A dense inverse of 10,000 items takes a minute here: once is enough there.
    weights, seconds = best_of(lambda: ease(matrix), 3 if items < 5000 else 1)
    report("numpy ease", matrix @ weights, seconds)
    del weights

    best = None
    for regularization in (0.1, 1.0, 10.0):
        def train(regularization=regularization):
            model = AlternatingLeastSquares(
                factors=WIDTH, iterations=EPOCHS, regularization=regularization, alpha=11.0,
                random_state=1, num_threads=os.cpu_count())
            # implicit has its own threads and asks for BLAS to have one.
            with threadpool_limits(1, "blas"):
                model.fit(matrix, show_progress=False)
            return model
        model, seconds = best_of(train)
        scores = model.user_factors @ model.item_factors.T
        ndcg = figures(scores.copy(), histories, targets)["ndcg@10"]
        if best is None or ndcg > best[0]:
            best = (ndcg, scores, seconds)
    report("implicit als", best[1], best[2])

    models = [{"name": f"{name} {version(name)}"} for name in ("implicit", "numpy")]
    reports.write("recommend", models, results)


main(*sys.argv[1:])

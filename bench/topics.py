#!/usr/bin/env python3
"""How well the topics of `vireo train` and the wider ones keep labels apart.

    bench/topics.py [--most N] [--names SEED] [--lang en] [--vireo VIREO] FILE...

FILE is a CSV without a header (label, title, description) or JSON lines (label_desc, sentence,
keywords). Takes them in as videos of an installation of its own, trains with cards by rules, and
prints the share of videos that are of the commonest label of their topic: of the topics, of the
top entries, and of as many entries put together by chance (the mean of 50). Needs Python 3.9.
"""

import argparse
import csv
import json
import random
import subprocess
import tempfile
from collections import Counter
from pathlib import Path


def rows(file):
    if file.suffix == ".csv":
        with open(file, encoding="utf-8") as lines:
            for label, title, *rest in csv.reader(lines):
                yield label, {"title": title, "description": " ".join(rest)}
    else:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            tags = [tag for tag in row.get("keywords", "").split(",") if tag]
            yield row["label_desc"], {"title": row["sentence"], "tags": tags}


def purity(groups):
    return sum(max(Counter(group).values()) for group in groups) / sum(map(len, groups))


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("files", type=Path, nargs="+")
    arguments.add_argument("--most", type=int, help="rows of each file")
    arguments.add_argument("--names", type=int, metavar="SEED", help="other ids, by which videos are drawn")
    arguments.add_argument("--lang", help="language that the videos say they are in")
    arguments.add_argument("--vireo", default="vireo")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "rules.toml").write_text('[understand]\ncard_writer = "rules"\n')
        labels = {}
        videos = [row for file in given.files for row in list(rows(file))[: given.most]]
        names = [f"v{number}" for number in range(len(videos))]
        if given.names is not None:
            random.Random(given.names).shuffle(names)
        with open(folder / "videos.jsonl", "w", encoding="utf-8") as out:
            for (label, video), name in zip(videos, names):
                video |= {"id": name, "language": given.lang}
                labels[video["id"]] = label
                print(json.dumps(video), file=out)

        def vireo(*words):
            command = [given.vireo, *words, "--data-dir", folder / "data"]
            command += ["--config", folder / "rules.toml", "--json"]
            return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

        vireo("import", "videos", folder / "videos.jsonl")
        vireo("train")
        top = [[it["id"] for it in entry["parts"] or [entry]] for entry in vireo("topics")]
        of = {id: [labels[it] for it in vireo("topics", str(id))["video_ids"]] for ids in top for id in ids}

    def joined(groups):
        return [[label for id in ids for label in of[id]] for ids in groups]

    drawn = []
    for seed in range(50):
        ids = list(of)
        random.Random(seed).shuffle(ids)
        drawn.append(purity(joined([[ids.pop() for _ in group] for group in top])))
    all_labels = [label for group in of.values() for label in group]
    print(
        f"{len(all_labels)} videos, {len(set(all_labels))} labels, majority {purity([all_labels]):.3f}: "
        f"{len(of)} topics {purity(of.values()):.3f}, {len(top)} entries {purity(joined(top)):.3f}, "
        f"by chance {sum(drawn) / len(drawn):.3f}"
    )


if __name__ == "__main__":
    main()

"""PySceneDetect's detectors, as they come, over the films of `vireo bench shots --keep DIR`.

A border counts as in crates/evaluate/src/shots.rs: a cut up to 2 frames away,
a gradual transition up to 5 frames outside it, each by one finding.
"""

import argparse
import json
import time
from pathlib import Path

import report
from scenedetect import AdaptiveDetector, ContentDetector, ThresholdDetector, detect

METHODS = {
    "adaptive": [AdaptiveDetector],
    "content": [ContentDetector],
    "threshold": [ThresholdDetector],
    # What a careful user would put together: cuts from one, fades from the other.
    "adaptive+threshold": [AdaptiveDetector, ThresholdDetector],
}


def borders(film, detector):
    scenes = detect(str(film), detector())
    return [start.frame_num for start, _ in scenes[1:]]


def together(found):
    """Findings of several detectors; those within half a second are one."""
    kept = []
    for frame in sorted(sum(found, [])):
        if not kept or frame - kept[-1] > 12:
            kept.append(frame)
    return kept


def right(found, borders, slack):
    found, count = list(found), 0
    for first, last in borders:
        while found and found[0] < first - slack:
            found.pop(0)
        if found and found[0] <= last + slack:
            found.pop(0)
            count += 1
    return count


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("films", type=Path, help="folder with films.jsonl")
    arguments.add_argument("--json", help="write the figures here, too")
    arguments = arguments.parse_args()
    films = [json.loads(line) for line in (arguments.films / "films.jsonl").open()]
    results = []
    for name, detectors in METHODS.items():
        for kind in ("cut", "fade", "dissolve"):
            hits = found = known = 0
            spent = length = 0.0
            for film in (film for film in films if film["transition"] == kind):
                started = time.perf_counter()
                ours = together([borders(arguments.films / film["file"], d) for d in detectors])
                spent += time.perf_counter() - started
                hits += right(ours, film["borders"], 2 if kind == "cut" else 5)
                found += len(ours)
                known += len(film["borders"])
                length += film["frames"] / film["rate"]
            metrics = {
                "f1": 2 * hits / max(known + found, 1),
                "precision": hits / max(found, 1),
                "recall": hits / max(known, 1),
                "times_real_time": length / max(spent, 1e-9),
                "minutes": length / 60,
            }
            results.append(report.row(f"pyscenedetect-{name}", metrics, known, split=kind, seconds={"shots": spent}))
    report.write("shots", [], results, arguments.json)


if __name__ == "__main__":
    main()

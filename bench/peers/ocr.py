"""RapidOCR over a manifest of `vireo bench ocr`, in the same JSON shape.

    bench/peers/setup.sh ocr
    target/peers/ocr/bin/python bench/peers/ocr.py MANIFEST [THREADS]

Decoding is not timed, here as there.
"""

import json
import os
import platform
import resource
import sys
import time
import unicodedata
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
from rapidocr_onnxruntime import RapidOCR


def folded(text):
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def decoded(path):
    """The picture, with what is transparent in it white."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.shape[2] == 4:
        alpha = image[:, :, 3:] / 255.0
        return (image[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return image


def main(manifest, threads):
    engine = RapidOCR(intra_op_num_threads=threads)
    sums = {}
    for row in manifest.read_text(encoding="utf-8").splitlines():
        row = json.loads(row)
        image = decoded(manifest.parent / row["file"])
        wall, cpu = time.perf_counter(), time.process_time()
        lines, _ = engine(image)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        read = [folded(line[1]) for line in lines or []]
        known = [folded(line) for line in row["lines"]]
        characters = Counter("".join(known)) & Counter("".join(read))
        exact = Counter(known) & Counter(read)
        for language in (None, row["lang"]):
            total = sums.setdefault(language, Counter())
            total.update(
                count=1,
                characters=len("".join(known)),
                found=sum(characters.values()),
                lines=len(known),
                exact=sum(exact.values()),
                wall=wall,
                cpu=cpu,
            )
    name = "rapidocr-onnxruntime " + version("rapidocr-onnxruntime")
    results = [
        {
            "name": name,
            "language": language,
            "split": None,
            "count": total["count"],
            "seed": None,
            "metrics": {
                "character_accuracy": total["found"] / total["characters"],
                "cpu_seconds_per_image": total["cpu"] / total["count"],
                "exact_line_rate": total["exact"] / total["lines"],
                "seconds_per_image": total["wall"] / total["count"],
            },
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        for language, total in sums.items()
    ]
    machine = {"cpu": platform.processor() or platform.machine(), "threads": os.cpu_count()}
    report = {
        "bench": "ocr",
        "machine": machine,
        "models": [{"name": name, "sha256": None}],
        "results": results,
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count())

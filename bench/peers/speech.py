"""faster-whisper on Vireo's Whisper weights over a manifest of `vireo bench speech`.

WER on lower-cased NFKC text without punctuation, CER likewise without spaces
and with Traditional characters folded to Simplified, as in
crates/evaluate/src/word_errors.rs.
"""

import argparse
import hashlib
import json
import os
import time
import unicodedata
from pathlib import Path

import report
import zhconv
from faster_whisper import WhisperModel

MODELS = os.environ.get("VIREO_MODELS_DIR", "~/.cache/vireo/models")


def plain(text):
    text = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", "")
    return "".join(c if c.isalnum() else " " for c in text)


def units(text, language):
    if language.startswith("zh"):
        return list("".join(zhconv.convert(plain(text), "zh-hans").split()))
    return plain(text).split()


def distance(one, other):
    row = list(range(len(other) + 1))
    for i, left in enumerate(one):
        diagonal, row[0] = row[0], i + 1
        for j, right in enumerate(other):
            substituted = diagonal + (left != right)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
    return row[-1]


def weights(folder):
    """The folder below `folder` that holds Whisper for CTranslate2."""
    found = sorted(path.parent for path in Path(folder).expanduser().rglob("model.bin") if "whisper" in str(path).lower())
    if not found:
        raise SystemExit(f"no Whisper in {folder}; fetch it with: vireo models pull")
    return found[0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--manifest", type=Path, required=True, help='{"file", "lang", "text"} a line')
    arguments.add_argument("--model", help=f"folder of the weights [below {MODELS}]")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--json", help="write the figures here, too")
    arguments = arguments.parse_args()
    folder = Path(arguments.model) if arguments.model else weights(MODELS)
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=arguments.threads)
    sums = {}
    for line in arguments.manifest.open():
        line = json.loads(line)
        started = time.perf_counter()
        segments, info = model.transcribe(
            str(arguments.manifest.parent / line["file"]), beam_size=5, vad_filter=True
        )
        heard = " ".join(segment.text for segment in segments)
        spent = time.perf_counter() - started
        language = line["lang"].split("-")[0]
        total = sums.setdefault(language, {"count": 0, "errors": 0, "length": 0, "sound": 0.0, "spent": 0.0})
        reference = units(line["text"], language)
        total["count"] += 1
        total["errors"] += distance(reference, units(heard, language))
        total["length"] += len(reference)
        total["sound"] += info.duration
        total["spent"] += spent
    results = []
    for language, total in sorted(sums.items()):
        metrics = {
            "cer" if language == "zh" else "wer": total["errors"] / max(total["length"], 1),
            "rtf": total["spent"] / max(total["sound"], 1e-9),
        }
        results.append(report.row("faster-whisper-base-int8", metrics, total["count"], language=language, seconds={"speech": total["spent"]}))
    sha256 = hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest()
    report.write("speech", [{"name": folder.name, "sha256": sha256}], results, arguments.json)


if __name__ == "__main__":
    main()

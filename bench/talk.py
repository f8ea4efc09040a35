#!/usr/bin/env python3
"""A talk with pauses, of the utterances of a manifest of `vireo bench speech`.

    bench/talk.py MANIFEST DIR [--seconds 600] [--lang en] [--seed 1]

Writes DIR/talk.mp4 (a slow play of colours, the utterances in a drawn order with pauses of .4 to
3 s over a faint noise) and DIR/talk.jsonl: the talk itself as such a manifest, so that
`vireo bench speech` and bench/peers/speech.py hear it; a talk in several languages is in the
language of its first utterance there. Needs Python 3.9 and ffmpeg.
"""

import argparse
import json
import random
import subprocess
from pathlib import Path

RATE = 16_000


def sound(file):
    """16-bit samples as bytes."""
    command = ["ffmpeg", "-v", "error", "-i", file, "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("manifest", type=Path)
    arguments.add_argument("dir", type=Path)
    arguments.add_argument("--seconds", type=int, default=600)
    arguments.add_argument("--lang")
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    utterances = [json.loads(line) for line in arguments.manifest.open()]
    utterances = [it for it in utterances if arguments.lang in (None, it["lang"])]
    drawn = random.Random(arguments.seed)
    samples, said = bytearray(), []
    while len(samples) < 2 * RATE * arguments.seconds:
        drawn.shuffle(utterances)
        for utterance in utterances:
            heard = sound(str(arguments.manifest.parent / utterance["file"]))
            if len(samples) + len(heard) > 2 * RATE * arguments.seconds:
                # What does not fit whole is left out: the rest is a pause.
                samples.extend(bytes(2 * RATE * arguments.seconds - len(samples)))
                break
            said.append(utterance)
            samples.extend(heard + bytes(2 * int(RATE * drawn.uniform(0.4, 3.0))))
    arguments.dir.mkdir(parents=True, exist_ok=True)
    film = arguments.dir / "talk.mp4"
    seconds = str(arguments.seconds)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-i", "-"]
        + ["-f", "lavfi", "-i", f"anoisesrc=amplitude=0.001:sample_rate={RATE}:seed={arguments.seed}"]
        + ["-f", "lavfi", "-i", f"gradients=size=640x360:rate=25:speed=0.002:seed={arguments.seed}"]
        + ["-filter_complex", "[0][1]amix=inputs=2:normalize=0[sound]", "-map", "2:v", "-map", "[sound]"]
        + ["-t", seconds, "-pix_fmt", "yuv420p", "-preset", "veryfast", "-c:a", "aac", str(film)],
        input=bytes(samples[: 2 * RATE * arguments.seconds]),
        check=True,
    )
    line = {"file": film.name, "lang": said[0]["lang"], "text": " ".join(it["text"] for it in said)}
    (arguments.dir / "talk.jsonl").write_text(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{film}: {seconds} s, {len(said)} utterances")


if __name__ == "__main__":
    main()

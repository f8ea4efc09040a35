#!/usr/bin/env bash
# Makes a virtual environment with the peer that a job is measured against:
#   bench/peers/setup.sh ocr && target/peers/ocr/bin/python bench/peers/ocr.py MANIFEST
set -euo pipefail
job=${1:?which job: ocr}
case "$job" in
  ocr) packages="rapidocr-onnxruntime==1.4.4" ;;
  *) echo "no peer for the job $job" >&2; exit 2 ;;
esac
environment="$(cd "$(dirname "$0")/../.." && pwd)/target/peers/$job"
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
# shellcheck disable=SC2086 -- several packages are several words
"$environment/bin/pip" install --quiet --disable-pip-version-check $packages
echo "$environment/bin/python"
# Makes the virtual environment of a peer: setup.sh JOB, or all of them.
# Needs Python 3.10 or newer; they live in target/peers, and `rm -r` undoes it.
set -euo pipefail
cd "$(dirname "$0")/../.."
for job in "${@:-speech shots}"; do
    for name in $job; do
        case "$name" in
        speech) packages=("faster-whisper==1.2.1" zhconv) ;;
        shots) packages=("scenedetect==0.7.2" opencv-python-headless) ;;
        *) echo "no such peer: $name" >&2; exit 2 ;;
        esac
        python3 -m venv "target/peers/$name"
        "target/peers/$name/bin/pip" install --quiet "${packages[@]}"
        echo "target/peers/$name/bin/python bench/peers/$name.py --help"
    done
done

#!/usr/bin/env bash
# Makes the virtual environment of the peer that a job is measured against:
#   bench/peers/setup.sh ocr && target/peers/ocr/bin/python bench/peers/ocr.py --help
# Needs Python 3.10 or newer; they live in target/peers, and `rm -r` undoes it.
set -euo pipefail
cd "$(dirname "$0")/../.."
job="${1:?which job: ocr, recommend, shots, speech or train}"
case "$job" in
  ocr) packages=("rapidocr-onnxruntime==1.4.4") ;;
  recommend) packages=("implicit==0.7.3" numpy scipy) ;;
  shots) packages=("scenedetect==0.7.2" opencv-python-headless) ;;
  speech) packages=("faster-whisper==1.2.1" zhconv) ;;
  train) packages=("torch==2.9.1" numpy "rectools[torch]==0.17.0") ;;
  *) echo "no peer for the job $job" >&2; exit 2 ;;
esac
[ -x "target/peers/$job/bin/python" ] || python3 -m venv "target/peers/$job"
"target/peers/$job/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
echo "target/peers/$job/bin/python"

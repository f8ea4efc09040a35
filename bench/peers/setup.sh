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

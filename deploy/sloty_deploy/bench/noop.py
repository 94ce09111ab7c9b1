"""Celery with a task that does nothing: the most that any worker of it could do.

`python -m sloty_deploy.bench.noop N` puts N calls on the broker of BENCH_BROKER; a worker of this
application notes in the file BENCH_DONE when each was done.
"""

import os
import sys

from celery import Celery

from sloty_deploy.bench.moments import note_now

app = Celery("sloty_deploy.bench.noop", broker=os.environ["BENCH_BROKER"])
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)


@app.task(name="bench.noop")  # type: ignore[untyped-decorator]
def noop() -> None:
    note_now(os.environ["BENCH_DONE"])


def main() -> None:
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for _ in range(int(sys.argv[1])):
            app.send_task("bench.noop", producer=producer)


if __name__ == "__main__":
    main()

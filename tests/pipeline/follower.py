"""A consumer that follows a topic until SIGTERM, as a program of its own; the tests kill it."""

import json
import os
import signal
import sys
import threading

from taquilla.errors import TaquillaError
from taquilla.lake import Lake
from taquilla.pipeline.kafka.consume import consume
from taquilla.pipeline.options import Batching
from taquilla.sources.kafka import KafkaOptions

told = json.loads(os.environ["FOLLOW"])
rows, seconds = int(sys.argv[1]), float(sys.argv[2])
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
options = KafkaOptions(told["bootstrap"], told["topic"], told["group"], session_s=told["session_s"])
print("started", flush=True)
try:
    done = consume(
        Lake(told["lake"]),
        options,
        run_id=str(os.getpid()),
        follow=True,
        stop=stop,
        batching=Batching(rows, seconds),
        on_landed=lambda count: print("landed", count, flush=True),
    )
except TaquillaError as error:
    print(type(error).__name__, error, flush=True)
    sys.exit(error.exit_code)
print("ended", done.rows, done.instance, flush=True)
